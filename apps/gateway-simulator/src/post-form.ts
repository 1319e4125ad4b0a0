import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
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
  const underWay = new Set<ClientRequest>();
  let isClosed = false;

  const postOnce = async (url: string, contentType: string, bytes: Buffer): Promise<Posted> => {
    const isSecure = url.startsWith('https:');
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: agents[isSecure ? 'https:' : 'http:'],
      headers: { 'Content-Type': contentType, 'Content-Length': bytes.length },
    });
    underWay.add(request);
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`));
    }, TIMEOUT_MS).unref();
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject).end(bytes);
      });
      const answer = await readStart(response);
      return { httpStatus: response.statusCode ?? null, answer, trouble: null };
    } catch (error) {
      // A kept connection may have been closed while it was idle; nobody has seen this form yet.
      if (!isClosed && request.reusedSocket && errorCode(error) === 'ECONNRESET') {
        return await postOnce(url, contentType, bytes);
      }
      return { httpStatus: null, answer: null, trouble: reasonOf(error) };
    } finally {
      clearTimeout(timer);
      underWay.delete(request);
    }
  };

  return {
    post: (url, { contentType, body }) => postOnce(url, contentType, Buffer.from(body, 'latin1')),
    close: () => {
      isClosed = true;
      underWay.forEach((request) => request.destroy());
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
  return errorCode(error) ?? (error instanceof Error ? error.message : 'no answer');
}
