import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

import { type EntityManager } from 'typeorm';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const PART_BYTES = 1_048_576;

/** Of a file without a byte. */
export const SHA256_OF_NOTHING = createHash('sha256').digest('hex');

/** Keeps a file's bytes as they come, a part at a time, and answers their SHA-256. */
export async function storeParts(
  manager: EntityManager,
  statementId: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string> {
  const hash = createHash('sha256');
  let waiting: Uint8Array[] = [];
  let size = 0;
  let part = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    await manager.query(
      'insert into statement_parts (statement_id, part, bytes) values ($1, $2, $3)',
      [statementId, part, await zip(Buffer.concat(waiting))],
    );
    part += 1;
    waiting = [];
    size = 0;
  };
  for await (const chunk of content) {
    hash.update(chunk);
    waiting.push(chunk);
    size += chunk.length;
    if (size >= PART_BYTES) await flush();
  }
  await flush();
  return hash.digest('hex');
}

/** A kept file's bytes again, a part at a time. */
export async function* readParts(
  manager: EntityManager,
  statementId: string,
): AsyncGenerator<Uint8Array> {
  for (let part = 0; ; part += 1) {
    const [row]: { bytes: Buffer }[] = await manager.query(
      'select bytes from statement_parts where statement_id = $1 and part = $2',
      [statementId, part],
    );
    if (row === undefined) return;
    yield await unzip(row.bytes);
  }
}
