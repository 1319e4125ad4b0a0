/**
 * What our statements are written for, whatever the defaults of a server, a database or a role are:
 * `success` and every call that moves money stand on a row that was committed for good; who has taken
 * a lock sees what the one before him committed; instants and bytes come as the driver reads them.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  lock_timeout: '0', // the statement's own time-out ends a wait, and says which
  // What a machine held that has vanished, as in the middle of a migration, is free in two minutes.
  tcp_keepalives_idle: '60',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
};

/** As the startup parameter `options` of a connection. */
export const SESSION_SETTINGS = asOptions(SETTINGS);
/** Of one that only reads, also where a replica has been made a primary. */
export const READING_SETTINGS = asOptions({ ...SETTINGS, default_transaction_read_only: 'on' });

function asOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ');
}

/**
 * An address may bring options of its own (`?options=-c search_path=…`), and the driver takes them in
 * place of those beside it. Ours come after them here: of two values the later one counts.
 */
export function withSettings(url: string, settings: string): string {
  const [, query] = url.split('?', 2);
  const theirs = new URLSearchParams(query).getAll('options').at(-1);
  return theirs === undefined
    ? url
    : `${url}&options=${encodeURIComponent(`${theirs} ${settings}`)}`;
}
