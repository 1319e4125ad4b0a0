import { setTimeout as pause } from 'node:timers/promises';
import {
  isFree,
  PostgresUnavailable,
  startPostgres,
  waitUntil,
  type PostgresServer,
} from '@countersign/postgres';
import { StopWithMessage } from '../stop-with-message';
import { inWords, nextPause, USUAL_PAUSES } from './growing-pause';

/** The embedded database, started again on the same port when it ends. */
export interface SupervisedPostgres {
  readonly first: PostgresServer;
  /** Rejects when the database cannot be had any more. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
  kill(): void;
}

const PORT_FREE_WITHIN_MS = 10_000;

export async function supervisePostgres(
  dataDir: string,
  announce: (line: string) => void,
): Promise<SupervisedPostgres> {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const first = await startPostgres({ dataDir, log: announce });
  let current = first;

  const startAgain = async (): Promise<PostgresServer> => {
    // What a killed server leaves behind may hold the port for a moment.
    await waitUntil(() => isFree(first.port), PORT_FREE_WITHIN_MS);
    const server = await startPostgres({ dataDir, log: announce, port: first.port });
    if (server.port === first.port) return server;
    await server.close();
    throw new StopWithMessage(
      `Another program took port ${first.port} while PostgreSQL was down. Start again; a new port will be chosen.`,
    );
  };
  const keepRunning = async (): Promise<never> => {
    let pauseMs: number | null = null;
    for (;;) {
      const since = Date.now();
      await current.exited;
      if (isStopping()) return never();
      pauseMs = nextPause(pauseMs, Date.now() - since, USUAL_PAUSES);
      announce(`postgres ended; starting it again in ${inWords(pauseMs)}`);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return never();
      try {
        current = await startAgain();
        announce('postgres is ready again');
      } catch (error) {
        if (!(error instanceof PostgresUnavailable)) throw error;
        announce(error.message); // perhaps the disk was full for a moment: the next pause is longer
      }
      if (isStopping()) await current.close();
    }
  };
  const lost = keepRunning();
  lost.catch(() => undefined); // whoever waits for it hears of it
  return {
    first,
    lost,
    stop: async () => {
      stopping.abort();
      await current.close();
    },
    kill: () => {
      stopping.abort();
      void current.close({ immediately: true });
    },
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
