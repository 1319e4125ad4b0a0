import { write, writeSync } from 'node:fs';
import { type DestinationStream } from 'pino';

/** What may wait for room; what comes on top of it is dropped, and counted. */
const waitingBytesMax = 1_000_000;
const tryAgainMs = 1_000;

export interface LogOutput extends DestinationStream {
  /**
   * Gives up what waits, and resolves when nothing is being written any more: only then may the
   * descriptor be closed, for its number is soon that of something else.
   */
  close(): Promise<void>;
}

/**
 * Where the log goes, which must never decide over the service: a disk that is full or a reader
 * that stands still neither ends this process nor holds it up, and costs lines of the log alone.
 */
export function openLogOutput(fileDescriptor: number): LogOutput {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let isWriting = false;
  let closed: (() => void) | undefined;

  const pump = (): void => {
    if (closed !== undefined && !isWriting) closed();
    if (isWriting || waitingBytes === 0) return;
    isWriting = true;
    const text = waiting.join('') + told(dropped);
    waiting = [];
    waitingBytes = 0;
    const droppedBefore = dropped;
    dropped = 0;
    send(Buffer.from(text), (rest) => {
      if (rest === null) {
        isWriting = false;
        pump();
        return;
      }
      // Half a line may have gone; what did not is lost, and said to be so.
      dropped += droppedBefore + countLines(rest);
      const goOn = (): void => {
        isWriting = false;
        pump();
      };
      if (closed === undefined) setTimeout(goOn, tryAgainMs).unref();
      else goOn();
    });
  };
  const send = (bytes: Buffer, done: (rest: Buffer | null) => void): void => {
    write(fileDescriptor, bytes, (error, written) => {
      if (error !== null && (error.code !== 'EAGAIN' || closed !== undefined)) done(bytes);
      else if (error !== null) setTimeout(send, tryAgainMs / 10, bytes, done).unref();
      else if (written < bytes.length) send(bytes.subarray(written), done);
      else done(null);
    });
  };
  process.once('exit', () => {
    try {
      if (waitingBytes > 0) writeSync(fileDescriptor, waiting.join('') + told(dropped));
    } catch {
      // There is no room, and nobody left to tell.
    }
  });

  return {
    write: (line) => {
      if (closed !== undefined || waitingBytes + line.length > waitingBytesMax) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      waitingBytes += line.length;
      pump();
    },
    close: () =>
      new Promise((resolve) => {
        closed = resolve;
        waiting = [];
        waitingBytes = 0;
        pump();
      }),
  };
}

function told(dropped: number): string {
  if (dropped === 0) return '';
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 'warn', time, dropped, fact: 'lines of this log were dropped' })}\n`;
}

function countLines(bytes: Buffer): number {
  return bytes.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
}

const NEWLINE = 10;
