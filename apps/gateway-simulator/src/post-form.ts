import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { errorCode } from './error-code';

export interface Posted {
  readonly httpStatus: number | null;
  readonly answer: string | null;
  readonly trouble: string | null;
}

/** Posts forms to merchants; redirects are not followed, as Alipay does not follow them. */
export interface FormPoster {
  readonly post: (url: string, form: { contentType: string; body: string }) => Promise<Posted>;
  readonly close: () => void;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1024;
const SOCKETS_MAX = 32;

export function createFormPoster(): FormPoster {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
  };
  const closing = new AbortController();

  return {
    post: async (url, { contentType, body }) => {
      const isSecure = url.startsWith('https:');
      const bytes = Buffer.from(body, 'latin1');
      const options = {
        method: 'POST',
        agent: agents[isSecure ? 'https:' : 'http:'],
        headers: { 'Content-Type': contentType, 'Content-Length': bytes.length },
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      };
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          (isSecure ? httpsRequest : httpRequest)(url, options, resolve)
            .on('error', reject)
            .end(bytes);
        });
        return {
          httpStatus: response.statusCode ?? null,
          answer: await readStart(response),
          trouble: null,
        };
      } catch (error) {
        return { httpStatus: null, answer: null, trouble: reasonOf(error) };
      }
    },
    close: () => {
      closing.abort();
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

/** An acknowledgement has seven characters; of a longer answer the beginning is kept for the books. */
async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ABORT_ERR') return `no answer within ${TIMEOUT_MS} ms`;
  return code ?? (error instanceof Error ? error.message : 'no answer');
}
