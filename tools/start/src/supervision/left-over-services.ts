import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { formatIdentity, identify, isRunning, parseIdentity } from '../machine/process-identity';
import { writeSecret } from '../machine/write-secret';

/** Remembers the processes of this data folder's services, for a start that comes after a crash. */
export interface ServiceProcesses {
  remember(name: string, pid: number | null): void;
}

const STOP_WITHIN_MS = 8_000;
const STEP_MS = 50;

/**
 * Ends what a killed `npm start` has left running. Each process is known by its number and by when
 * it began, so that nobody else's is touched.
 */
export async function endLeftOverServices(
  file: string,
  announce: (line: string) => void,
): Promise<void> {
  for (const { name, identity } of readProcesses(file)) {
    if (!isRunning(identity)) continue;
    announce(`ending the ${name} of an earlier start that was killed (pid ${identity.pid})`);
    send(identity.pid, 'SIGTERM');
    const deadline = Date.now() + STOP_WITHIN_MS;
    while (isRunning(identity) && Date.now() < deadline) await pause(STEP_MS);
    if (isRunning(identity)) send(identity.pid, 'SIGKILL');
    while (isRunning(identity)) await pause(STEP_MS);
  }
  writeSecret(file, '');
}

export function rememberServices(file: string): ServiceProcesses {
  const known = new Map<string, string>();
  return {
    remember: (name, pid) => {
      if (pid === null) known.delete(name);
      else known.set(name, formatIdentity(identify(pid)));
      writeSecret(file, [...known].map(([service, text]) => `${service} ${text}\n`).join(''));
    },
  };
}

function readProcesses(file: string): {
  readonly name: string;
  readonly identity: { readonly pid: number; readonly began: string };
}[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // the first start
  }
  return text.split('\n').flatMap((line) => {
    const space = line.indexOf(' ');
    const identity = parseIdentity(line.slice(space + 1));
    return space > 0 && identity !== null ? [{ name: line.slice(0, space), identity }] : [];
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the question and the signal.
  }
}
