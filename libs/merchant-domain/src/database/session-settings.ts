/**
 * What our statements are written for, whatever the defaults of a server, a database or a role are:
 * `success` and every call that moves money stand on a row that was committed for good; who has taken
 * a lock sees what the one before him committed; instants and bytes come as the driver reads them, and
 * what is null in a list we send is null there.
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
  array_nulls: 'on',
  client_min_messages: 'notice', // that a commit is on no standby is said in a warning beside its yes
};

/** Of a connection through a socket of the same machine the system has none. */
const NOT_READ_BACK = 'tcp_';

/** Decides which triggers fire, those of foreign keys included; to set it is for superusers alone. */
const REPLICATION_ROLE = 'session_replication_role';

/** As the startup parameter `options` of a connection. */
export const SESSION_SETTINGS = asOptions(SETTINGS);
/**
 * Of one that takes messages in: what it asks is planned once, and not for each message, which takes half as long
 * again. Each is looked for by its id: a plan that was made while there were few must not read all when there are many.
 */
export const INGEST_SETTINGS = asOptions({
  ...SETTINGS,
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
});
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

/**
 * Ours are in force, or nothing begins: a pooler between us and the server may take them away without a
 * word, and what is then answered `success` could be lost.
 */
export async function assertSettings(
  ask: (text: string, values: unknown[]) => Promise<{ name: string; value: string }[]>,
): Promise<void> {
  const ours = Object.keys(SETTINGS).filter((name) => !name.startsWith(NOT_READ_BACK));
  const rows = await ask(
    'select name, current_setting(name) as value from unnest($1::text[]) as names (name)',
    [[...ours, REPLICATION_ROLE]],
  );
  const role = rows.find(({ name }) => name === REPLICATION_ROLE)?.value;
  if (role !== 'origin') {
    throw new Error(
      `${REPLICATION_ROLE} is ${role ?? 'unknown'}: triggers do not fire, and refunds would not be kept ` +
        'within their payments. Take it out of DATABASE_URL, or alter the database or the role that it ' +
        `names: reset ${REPLICATION_ROLE}.`,
    );
  }
  const others = rows.filter(
    ({ name, value }) => ours.includes(name) && value.split(',')[0] !== SETTINGS[name],
  );
  if (others.length === 0) return;
  const are = others.map(({ name, value }) => `${name} is ${value}`).join(', ');
  const repairs = others.map(({ name }) => `set ${name} = '${SETTINGS[name] ?? ''}'`).join(', ');
  throw new Error(
    `What our sessions set does not reach the database: ${are}. A pooler such as PgBouncer takes it away. ` +
      `Let DATABASE_URL lead to PostgreSQL itself, or alter the role that it names: ${repairs}.`,
  );
}
