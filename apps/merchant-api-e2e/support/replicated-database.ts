import {
  crashPostgres,
  createDatabase,
  makeStandby,
  makeThrowawayCluster,
  type PostgresServer,
  REPLICATING,
  type StandbyCluster,
  type StandbyServer,
} from '@countersign/postgres';

import { migrate } from './migrate';
import { openSwitchingProxy, type SwitchingProxy } from './switching-proxy';

/** `without a word`: nobody's connection is closed, as when its machine loses its power. */
export type ServerDeath = Parameters<typeof crashPostgres>[1] | 'without a word';

/** A server whose commits wait for a standby, behind an address that can be led to the standby. */
export interface ReplicatedDatabase {
  /** The address that does not change. */
  readonly url: string;
  /** Of the server that leads at this moment. */
  leaderUrl(): string;
  /** The leader dies at once, its standby is promoted, and the address leads there. */
  failOver(how: ServerDeath): Promise<void>;
  /** Makes a standby of the one that leads now, so that it may fail over as well. */
  addStandby(): Promise<void>;
  close(): Promise<void>;
}

const DATABASE = 'merchant';

export async function openReplicatedDatabase(): Promise<ReplicatedDatabase> {
  const cluster = makeThrowawayCluster(REPLICATING);
  const clusters: StandbyCluster[] = [];
  let leader: PostgresServer;
  let standby: StandbyServer | undefined;
  let proxy: SwitchingProxy | undefined;
  const close = async (): Promise<void> => {
    await proxy?.close();
    for (const one of clusters.reverse()) await one.close();
    await cluster.close();
  };
  const addStandby = async (): Promise<void> => {
    const name = `standby_${clusters.length}`;
    const next = await makeStandby(leader, { name, isSynchronous: true });
    clusters.push(next);
    standby = await next.start();
  };
  try {
    leader = await cluster.start();
    await migrate(await createDatabase(leader.url, DATABASE));
    await addStandby();
    proxy = await openSwitchingProxy(leader.port);
    const url = new URL(leader.urlFor(DATABASE));
    url.port = `${proxy.port}`;
    return {
      url: url.href,
      leaderUrl: () => leader.urlFor(DATABASE),
      failOver: async (how) => {
        if (standby === undefined) throw new Error('There is no standby.');
        if (how === 'without a word') proxy?.fallSilent();
        await crashPostgres(leader, how === 'without a word' ? 'by force' : how);
        await standby.promote();
        leader = standby;
        standby = undefined;
        proxy?.switchTo(leader.port);
      },
      addStandby,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
