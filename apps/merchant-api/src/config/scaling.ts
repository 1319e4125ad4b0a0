import { type Settings } from './settings';

/** What several processes share beside the database. */
export interface ScalingConfig {
  /** Standbys of the database that lists, reports and exports are read from. */
  readonly replicaUrls: readonly string[];
  /** Carries nudges between processes; PostgreSQL does when left out. */
  readonly redisUrl: string | undefined;
}

const DATABASES = ['postgres:', 'postgresql:'];

export function readScaling(settings: Settings): ScalingConfig {
  const isGiven = settings.optional('REDIS_URL') !== undefined;
  return {
    replicaUrls: readReplicas(settings),
    redisUrl: isGiven ? settings.url('REDIS_URL', ['redis:', 'rediss:']) : undefined,
  };
}

/** Told without the addresses, which hold passwords. */
function readReplicas(settings: Settings): readonly string[] {
  const urls = settings.list('DATABASE_REPLICA_URLS') ?? [];
  if (!urls.every((url) => URL.canParse(url) && DATABASES.includes(new URL(url).protocol))) {
    settings.problem(
      'DATABASE_REPLICA_URLS are addresses that begin with postgres:// or postgresql://, parted by commas (a comma within one is %2C)',
    );
  }
  return urls;
}
