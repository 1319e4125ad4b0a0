/** One message of PostgreSQL's protocol (version 3), with its header, as it was on the wire. */
export interface Frame {
  /** The letter that names it; empty for a connection's first message, which has none. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream into messages, however they are spread over its chunks. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** A client's first message has no letter; a server's messages all have one. */
  constructor(private isFirstNext: boolean) {}

  *read(chunk: Buffer): Generator<Frame> {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const letters = this.isFirstNext ? 0 : 1;
      if (this.rest.length < letters + LENGTH_BYTES) return;
      const size = letters + this.rest.readUInt32BE(letters);
      if (this.rest.length < size) return;
      const bytes = this.rest.subarray(0, size);
      this.rest = this.rest.subarray(size);
      // Asked for encryption, a server says no, and the client begins anew.
      if (letters === 0 && !isEncryptionRequest(bytes)) this.isFirstNext = false;
      yield { type: bytes.toString('latin1', 0, letters), bytes };
    }
  }
}

const LENGTH_BYTES = 4;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

export function isEncryptionRequest(first: Buffer): boolean {
  return first.length === 8 && [SSL_REQUEST, GSS_REQUEST].includes(first.readUInt32BE(4));
}

/** The SQL behind a connection's messages, also where they only name what was prepared before. */
export class StatementTexts {
  private readonly prepared = new Map<string, string>();
  private readonly portals = new Map<string, string>();

  /** What the message is about; undefined where it adds nothing. */
  textOf({ type, bytes }: Frame): string | undefined {
    const [first, second] = strings(bytes, type === 'D' || type === 'C' ? 6 : 5);
    switch (type) {
      case 'Q':
        return first;
      case 'P':
        this.prepared.set(first, second);
        return second;
      case 'B': {
        const text = this.prepared.get(second) ?? '';
        this.portals.set(first, text);
        return text;
      }
      case 'D':
        return (bytes[5] === 'S'.charCodeAt(0) ? this.prepared : this.portals).get(first);
      case 'E':
        return this.portals.get(first);
      default:
        return undefined;
    }
  }
}

function strings(bytes: Buffer, start: number): readonly [string, string] {
  const end = bytes.indexOf(0, start);
  const next = bytes.indexOf(0, end + 1);
  return [bytes.toString('utf8', start, end), bytes.toString('utf8', end + 1, next)];
}
