import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { given, type Environment } from '../environment';
import { isRunning, parseIdentity } from '../machine/process-identity';
import { REPOSITORY } from '../repository';

/** Where the running demo has its books; null while none runs. */
export function findDemoDatabase(env: Environment): string | null {
  const folder = given(env, 'COUNTERSIGN_DATA_DIR') ?? join(REPOSITORY, '.data');
  const holder = parseIdentity(read(join(folder, 'start.lock')));
  if (holder === null || !isRunning(holder)) return null;
  const line = /^DATABASE_URL=(.+)$/m.exec(read(join(folder, 'demo.env')));
  return line?.[1] ?? null;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // there is no demo
  }
}
