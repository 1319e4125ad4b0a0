import type { Socket } from 'node:net';

import { decodeRequest, type Fields } from '@countersign/alipay-protocol';

const HEAD_END = '\r\n\r\n';

/** Cuts what a socket says into whole HTTP messages. */
export class MessageReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** The next message; what there was of it when the connection ended; undefined when there was nothing. */
  async next(): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean } | undefined> {
    for (;;) {
      const length = lengthOf(this.rest);
      if (length !== undefined && this.rest.length >= length) {
        const bytes = this.rest.subarray(0, length);
        this.rest = this.rest.subarray(length);
        return { bytes, isWhole: true };
      }
      const chunk = await this.nextChunk();
      if (chunk !== undefined) this.rest = Buffer.concat([this.rest, chunk]);
      else if (this.rest.length === 0) return undefined;
      else {
        const bytes = this.rest;
        this.rest = Buffer.alloc(0);
        return { bytes, isWhole: false };
      }
    }
  }

  private async nextChunk(): Promise<Buffer | undefined> {
    try {
      const read = await this.chunks.next();
      return read.done === true ? undefined : read.value;
    } catch {
      return undefined; // reset by the other side
    }
  }
}

/** Head and body together; undefined while the head is not whole, or says no length. */
function lengthOf(bytes: Buffer): number | undefined {
  const head = headLength(bytes);
  if (head === undefined) return undefined;
  const said = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
  return said === undefined ? undefined : head + Number(said);
}

/** With the empty line that ends it. */
export function headLength(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(HEAD_END);
  return at < 0 ? undefined : at + HEAD_END.length;
}

/** What a request to the gateway asks, with the fields of its `biz_data` among its own. */
export function fieldsOf(request: Buffer): Fields {
  const head = headLength(request) ?? request.length;
  const [, url = ''] = request.toString('latin1', 0, head).split(' ', 2);
  const fields = decodeRequest({
    url,
    contentType: 'application/x-www-form-urlencoded',
    body: request.subarray(head),
  });
  const bizData = fields['biz_data'];
  return bizData === undefined ? fields : { ...(JSON.parse(bizData) as Fields), ...fields };
}

/** The first bytes of an answer, whose head says that these are all. */
export function shortened(answer: Buffer, bytes: number): Buffer {
  const head = headLength(answer) ?? answer.length;
  if (bytes < head) return answer.subarray(0, bytes);
  const text = answer.toString('latin1', 0, head);
  const said = text.replace(/(\r\ncontent-length: *)\d+/i, `$1${bytes - head}`);
  return Buffer.concat([Buffer.from(said, 'latin1'), answer.subarray(head, bytes)]);
}
