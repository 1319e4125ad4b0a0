import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { StopWithMessage } from '../stop-with-message';
import { inWords, nextPause, USUAL_PAUSES, type PausePolicy } from './growing-pause';
import type { ServiceLog } from './service-log';

/** A program of ours that runs as long as we do, and tells over its IPC channel when it is ready. */
export interface Service {
  readonly name: string;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: ServiceLog;
  /** One line for a person. */
  readonly announce: (line: string) => void;
  /** Told of each process, so that a later start can find one that was left behind. */
  readonly onProcess?: (pid: number | null) => void;
  readonly pauses?: PausePolicy;
  readonly readyWithinMs?: number;
  readonly stopWithinMs?: number;
}

export interface SupervisedService {
  readonly name: string;
  /** Resolves at the first readiness; rejects when the service ends, or says nothing, before it. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
  /** Without waiting: for a second Ctrl-C. */
  kill(): void;
}

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 12_000;

export function superviseService(service: Service): SupervisedService {
  const { name, announce, pauses = USUAL_PAUSES } = service;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current: Running | null = null;

  const runOnce = (): Running => {
    const running = run(service);
    current = running;
    service.onProcess?.(running.child.pid ?? null);
    void running.ended.then(() => service.onProcess?.(null));
    return running;
  };
  const first = runOnce();
  const ready = first.ready(service.readyWithinMs ?? READY_WITHIN_MS);

  const keepRunning = async (): Promise<void> => {
    let running = first;
    let pauseMs: number | null = null;
    for (;;) {
      const reason = await running.ended;
      if (isStopping()) return;
      pauseMs = nextPause(pauseMs, Date.now() - running.since, pauses);
      announce(`${name} ended (${reason}); starting it again in ${inWords(pauseMs)}`);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      running = runOnce();
      running.ready(service.readyWithinMs ?? READY_WITHIN_MS).then(
        () => {
          announce(`${name} is ready again`);
        },
        (error: unknown) => {
          if (!isStopping() && error instanceof NotReadyInTime) running.kill();
        },
      );
    }
  };
  const kept = ready.then(keepRunning, () => undefined);

  return {
    name,
    ready,
    stop: async () => {
      stopping.abort();
      await current?.stop(service.stopWithinMs ?? STOP_WITHIN_MS);
      await kept;
    },
    kill: () => {
      stopping.abort();
      current?.kill();
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly since: number;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  ready(withinMs: number): Promise<void>;
  stop(withinMs: number): Promise<void>;
  kill(): void;
}

class NotReadyInTime extends StopWithMessage {}

function run({ name, program, env, log }: Service): Running {
  const child = spawn(process.execPath, ['--enable-source-maps', program], {
    env,
    // A Ctrl-C in the terminal is for us alone: services are stopped one after the other.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const since = Date.now();
  const { stdout, stderr } = child;
  const drained = Promise.all([
    readLines(stdout, (line) => {
      log.add(line, 'stdout');
    }),
    readLines(stderr, (line) => {
      log.add(line, 'stderr');
    }),
  ]);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      // Its last words, unless a grandchild holds the pipe open.
      const words = signal ?? `exit ${String(code)}`;
      void Promise.race([drained, pause(1_000, undefined, { ref: false })]).then(() => {
        resolve(words);
      });
    });
  });
  const isReady = new Promise<void>((resolve) => {
    child.on('message', (message: unknown) => {
      if (isReadyMessage(message)) resolve();
    });
  });
  const kill = (): void => {
    sendSignal(child, 'SIGKILL');
  };
  return {
    child,
    since,
    ended,
    kill,
    ready: async (withinMs) => {
      const giveUp = new AbortController();
      try {
        await Promise.race([
          isReady,
          ended.then((reason) => {
            throw new StopWithMessage(
              `${name} stopped before it was ready (${reason}). Its messages stand above and in ${log.file}.`,
            );
          }),
          pause(withinMs, undefined, { signal: giveUp.signal }).then(() => {
            throw new NotReadyInTime(
              `${name} was not ready within ${inWords(withinMs)}. Its log is ${log.file}.`,
            );
          }),
        ]);
      } finally {
        giveUp.abort();
      }
    },
    stop: async (withinMs) => {
      sendSignal(child, 'SIGTERM');
      const lastResort = setTimeout(kill, withinMs);
      await ended;
      clearTimeout(lastResort);
    },
  };
}

function readLines(stream: Readable | null, take: (line: string) => void): Promise<void> {
  if (stream === null) return Promise.resolve();
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  lines.on('line', take);
  return new Promise((resolve) => {
    lines.once('close', resolve);
  });
}

/** To the service and whatever it has started: it leads a process group of its own. */
function sendSignal(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (signal === 'SIGKILL') process.kill(-pid, signal);
    else child.kill(signal);
  } catch {
    // It ended between the question and the signal.
  }
}

function isReadyMessage(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
  );
}
