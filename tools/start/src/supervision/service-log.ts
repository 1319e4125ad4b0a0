import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a service says: all of it in a file, the troubles on the terminal too. */
export interface ServiceLog {
  readonly file: string;
  add(line: string, stream: 'stdout' | 'stderr'): void;
}

export interface ServiceLogOptions {
  readonly name: string;
  readonly file: string;
  readonly show: (line: string) => void;
  readonly now?: () => number;
  readonly bytesMax?: number;
}

const LOG_BYTES_MAX = 10_000_000;
const SHOWN_MAX = 20;
const SHOWN_WINDOW_MS = 10_000;
const WARNING_LEVEL = 40;

export function createServiceLog(options: ServiceLogOptions): ServiceLog {
  const { name, file, show, now = Date.now, bytesMax = LOG_BYTES_MAX } = options;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let window = { since: 0, shown: 0 };
  let isDiskFull = false;

  const write = (line: string): void => {
    try {
      if (size > bytesMax) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
      size += Buffer.byteLength(line) + 1;
      isDiskFull = false;
    } catch (error) {
      if (!isDiskFull) show(`${name}: its log cannot be written to ${file}: ${String(error)}`);
      isDiskFull = true;
    }
  };
  const showSome = (line: string): void => {
    if (now() - window.since > SHOWN_WINDOW_MS) window = { since: now(), shown: 0 };
    window.shown += 1;
    if (window.shown <= SHOWN_MAX) show(line);
    else if (window.shown === SHOWN_MAX + 1) show(`${name}: more of this in ${file}`);
  };
  return {
    file,
    add: (line, stream) => {
      if (line === '') return;
      write(line);
      const readable = readableTrouble(line, stream);
      if (readable !== null) showSome(`${name}: ${readable}`);
    },
  };
}

/** A warning or error in words, or null for what need not be read now. */
export function readableTrouble(line: string, stream: 'stdout' | 'stderr'): string | null {
  const entry = parseEntry(line);
  if (entry === null) return stream === 'stderr' ? line : null;
  const { level, msg, err, error, ...rest } = entry;
  if (typeof level !== 'number' || level < WARNING_LEVEL) return null;
  const kind = level > WARNING_LEVEL ? 'error' : 'warning';
  const facts = Object.entries(rest)
    .filter(([name, value]) => !UNINTERESTING.has(name) && isPlain(value))
    .map(([name, value]) => `${name}=${String(value)}`);
  const cause = messageOf(err ?? error);
  const words = [typeof msg === 'string' ? msg : null, cause].filter((part) => part !== null);
  return `${kind}: ${words.join(': ')}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

const UNINTERESTING = new Set(['time', 'pid', 'hostname', 'name', 'v']);

function parseEntry(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : null;
  } catch {
    return null; // text that merely begins like JSON
  }
}

function messageOf(error: unknown): string | null {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  return String(error.message);
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
