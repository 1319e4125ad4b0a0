import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../error-code';

/** One line of the books: the newest state of one record, or that all was forgotten. */
export interface Entry {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
}

/** Where the books are written down. An answer leaves only after `flushed()`. */
export interface Journal {
  readonly append: (entry: Entry) => void;
  readonly forget: () => void;
  readonly flushed: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const REWRITE_AFTER_LINES = 50_000;

/** For books that may be forgotten when the process ends. */
export function createMemoryJournal(): Journal {
  const done = (): Promise<void> => Promise.resolve();
  return { append: () => undefined, forget: () => undefined, flushed: done, close: done };
}

/**
 * Lines of JSON, appended and synced in groups: whoever asks while a write is under way shares the next one.
 * The last line may have been cut by a crash, and nobody was told of it; a broken line before it is an error.
 */
export async function openJournal(
  file: string,
): Promise<{ journal: Journal; entries: readonly Entry[] }> {
  await makeFolder(dirname(file));
  const state = readState(file, await readOrNothing(file));
  let handle = await rewrite(file, state);
  let linesSinceRewrite = 0;
  let queue: string[] = [];
  let appended = 0;
  let written = 0;
  let running: Promise<void> | null = null;
  let broken: Error | null = null;

  const push = (entry: Entry): void => {
    queue.push(`${JSON.stringify(entry)}\n`);
    appended += 1;
  };
  const writeBatch = async (): Promise<void> => {
    if (broken) throw broken;
    const lines = queue;
    queue = [];
    try {
      if (linesSinceRewrite + lines.length > REWRITE_AFTER_LINES + 4 * state.size) {
        await handle.close();
        handle = await rewrite(file, state);
        linesSinceRewrite = 0;
      } else {
        await handle.appendFile(lines.join(''));
        await handle.datasync();
        linesSinceRewrite += lines.length;
      }
    } catch (cause) {
      // What was lost cannot be written later in its place, so nothing is written any more.
      broken = new Error(`The books in ${file} can no longer be written.`, { cause });
      throw broken;
    }
    written += lines.length;
  };
  const flushed = async (): Promise<void> => {
    const wanted = appended;
    while (written < wanted) {
      running ??= writeBatch().finally(() => (running = null));
      await running;
    }
  };

  return {
    entries: [...state.values()],
    journal: {
      append: (entry) => {
        state.set(`${entry.kind} ${entry.key}`, entry);
        push(entry);
      },
      forget: () => {
        state.clear();
        push({ kind: 'forget', key: '', value: null });
      },
      flushed,
      close: async () => {
        await flushed();
        await handle.close();
      },
    },
  };
}

/** One level only: the folder above it is somebody's decision, and a slip in the path should show. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function readState(file: string, text: string): Map<string, Entry> {
  const state = new Map<string, Entry>();
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line === '') return;
    const entry = readEntry(line);
    if (!entry) {
      if (index === lines.length - 1) return;
      throw new Error(
        `The books in ${file} are damaged at line ${index + 1}. Move the file away to start anew.`,
      );
    }
    if (entry.kind === 'forget') state.clear();
    else state.set(`${entry.kind} ${entry.key}`, entry);
  });
  return state;
}

function readEntry(line: string): Entry | null {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry =
      typeof entry === 'object' &&
      entry !== null &&
      'kind' in entry &&
      typeof entry.kind === 'string' &&
      'key' in entry &&
      typeof entry.key === 'string' &&
      'value' in entry;
    return isEntry
      ? { kind: String(entry.kind), key: String(entry.key), value: entry.value }
      : null;
  } catch {
    return null; // not JSON: the caller knows whether this line may be broken
  }
}

/** The newest state alone, in a new file that takes the old one's place in one step. */
async function rewrite(file: string, state: ReadonlyMap<string, Entry>): Promise<FileHandle> {
  const fresh = await open(`${file}.new`, 'w', 0o600);
  await fresh.appendFile([...state.values()].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  await fresh.datasync();
  await fresh.close();
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file), 'r');
  await folder.sync();
  await folder.close();
  return open(file, 'a', 0o600);
}
