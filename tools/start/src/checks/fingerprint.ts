import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const GENERATED = new Set(['node_modules', 'dist', '.git', '.nx', '.data', '.stryker', 'coverage']);

/** The content of every file a check may look at: the same again means the same verdict again. */
export function fingerprintOf(root: string): string {
  const hash = createHash('sha256').update(process.version);
  const visit = (folder: string): void => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (GENERATED.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
    }
  };
  visit(root);
  return hash.digest('hex');
}
