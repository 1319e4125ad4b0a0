import { type IncomingMessage } from 'node:http';

/** A body that is not taken: too long, too slow, or cut off by whoever sent it. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';

  constructor(
    readonly status: 408 | 413,
    message: string,
  ) {
    super(message);
  }
}

export interface BodyLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** The bytes as they came. What announces itself as too long is refused before a byte is read. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const { bytesMax, timeoutMs } = limits;
  const tooLong = (): BodyRefused =>
    new BodyRefused(413, `The body is too long: at most ${bytesMax} bytes are taken.`);
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(tooLong());

  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      end(() => {
        reject(new BodyRefused(408, `The body took longer than ${timeoutMs} ms to arrive.`));
      });
    }, timeoutMs);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish).off('close', cutOff);
      settle();
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
      else {
        end(() => {
          reject(tooLong());
        });
      }
    };
    const finish = (): void => {
      end(() => {
        resolve(Buffer.concat(chunks, length));
      });
    };
    const cutOff = (): void => {
      end(() => {
        reject(new BodyRefused(408, 'The connection was closed before the body was complete.'));
      });
    };
    request.on('data', take).on('end', finish).on('close', cutOff);
  });
}
