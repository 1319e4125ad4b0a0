import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { given, type Environment } from '../environment';
import { isRunning, parseIdentity } from '../machine/process-identity';
import { REPOSITORY } from '../repository';

/** Where the running demo has its books; null while none runs. */
export function findDemoDatabase(env: Environment): string | null {
  return findDemoSettings(env)['DATABASE_URL'] ?? null;
}

/** The whole configuration of the running demo; nothing while none runs. */
export function findDemoSettings(env: Environment): Readonly<Record<string, string>> {
  const folder = given(env, 'COUNTERSIGN_DATA_DIR') ?? join(REPOSITORY, '.data');
  const holder = parseIdentity(read(join(folder, 'start.lock')));
  if (holder === null || !isRunning(holder)) return {};
  const lines = read(join(folder, 'demo.env')).matchAll(/^(\w+)=(.+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // there is no demo
  }
}
