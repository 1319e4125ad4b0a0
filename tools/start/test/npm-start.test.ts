import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, waitUntil } from '@countersign/postgres';
import { isRunning, parseIdentity, type ProcessIdentity } from '../src/machine/process-identity';
import { REPOSITORY } from '../src/repository';

jest.setTimeout(300_000);

const WITHIN_MS = 120_000;
const started: ChildProcess[] = [];
let dataDir: string;

beforeEach(() => {
  const parent = mkdtempSync(join(realpathSync(tmpdir()), 'countersign-start-'));
  dataDir = join(parent, 'new', 'folder');
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  removeFolder(join(dataDir, 'postgres'));
  removeFolder(join(dataDir, '..', '..'));
});

interface Product {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line that the start prints. */
  readonly says: (wanted: RegExp) => Promise<string>;
}

function start(env: NodeJS.ProcessEnv = {}): Product {
  const child = spawn(process.execPath, ['tools/start/bootstrap.mjs', 'start'], {
    cwd: REPOSITORY,
    env: {
      ...process.env,
      ...{ COUNTERSIGN_DATA_DIR: dataDir, PORT: '0', SIMULATOR_PORT: '0', DATABASE_URL: '' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter((line) => line !== ''));
    });
  }
  const find = (wanted: RegExp): string | undefined => lines.find((line) => wanted.test(line));
  return {
    child,
    lines,
    says: async (wanted) => {
      await waitUntil(() => find(wanted) !== undefined || child.exitCode !== null, WITHIN_MS);
      const line = find(wanted);
      if (line === undefined) throw new Error(`No line ${String(wanted)} in:\n${lines.join('\n')}`);
      return line;
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function demo(name: string): string {
  const line = readFileSync(join(dataDir, 'demo.env'), 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? '';
}

function servicesRunning(): readonly ProcessIdentity[] {
  const lines = readFileSync(join(dataDir, 'services'), 'utf8').trim().split('\n');
  return lines.flatMap((line) => parseIdentity(line.slice(line.indexOf(' ') + 1)) ?? []);
}

function postmasterPid(): number {
  return Number(
    readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0],
  );
}

async function isAnswering(): Promise<boolean> {
  const readiness = demo('GRAPHQL_URL').replace('/graphql', '/readyz');
  return fetch(readiness).then(
    ({ ok }) => ok,
    () => false,
  );
}

const SUMMARY = /^0 transactions, .* compared: 0 disagreements$/m;

/** `npm run check-sums`, which finds the books of the demo by itself. */
async function checkSums(): Promise<{ readonly code: unknown; readonly said: string }> {
  const child = spawn(process.execPath, ['tools/start/bootstrap.mjs', 'check-sums'], {
    cwd: REPOSITORY,
    env: { ...process.env, COUNTERSIGN_DATA_DIR: dataDir, DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, said };
}

test('a configuration that is wrong ends the start, with the reason and without remains', async () => {
  const { child, says, lines } = start({ SIMULATOR_PARTNER_ID: 'two thousand' });

  await says(/stopped before it was ready/);
  await waitUntil(() => child.exitCode !== null, WITHIN_MS);

  expect(child.exitCode).toBe(1);
  expect(lines.join('\n')).toContain('SIMULATOR_PARTNER_ID must be 16 digits');
  expect(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))).toBe(false);
});

test('the product runs, comes back when killed, and stops without remains', async () => {
  const first = start();
  await first.says(/^ready http:\/\/localhost:\d+\/graphql$/);

  const ready = first.lines
    .filter((line) => line.startsWith('ready '))
    .map((line) => line.split(' ')[1]);
  expect(ready.slice(0, 2)).toEqual(['postgres', 'gateway-simulator']);
  expect(first.lines.at(-1)).toBe(`ready ${demo('GRAPHQL_URL')}`);
  expect(statSync(join(dataDir, 'demo.env')).mode & 0o777).toBe(0o600);
  expect(await isAnswering()).toBe(true);

  expect(await checkSums()).toMatchObject({
    code: 0,
    said: expect.stringMatching(SUMMARY) as string,
  });

  const second = start();
  await second.says(/already running .* \(pid \d+\)/);

  for (const { pid } of servicesRunning()) process.kill(pid, 'SIGKILL');
  await first.says(/gateway-simulator is ready again/);
  await first.says(/merchant-api is ready again/);
  process.kill(postmasterPid(), 'SIGKILL');
  await first.says(/postgres is ready again/);
  expect(await waitUntil(isAnswering, WITHIN_MS)).toBe(true);

  const services = servicesRunning();
  await end(first.child, 'SIGTERM');
  expect(first.child.exitCode).toBe(0);
  expect(services).toHaveLength(2);
  expect(await checkSums()).toMatchObject({
    code: 2,
    said: expect.stringContaining('the demo does not run') as string,
  });
  expect(services.some(isRunning)).toBe(false);
  expect(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))).toBe(false);
});

test('after a kill -9 the next start takes over what is left, with the same keys and data', async () => {
  const first = start();
  await first.says(/^ready http:\/\/localhost:\d+\/graphql$/);
  const [key, databaseUrl] = [demo('ALIPAY_MD5_KEY'), demo('DATABASE_URL')];
  const services = servicesRunning();
  await end(first.child, 'SIGKILL');

  const second = start();
  await second.says(/^ready http:\/\/localhost:\d+\/graphql$/);

  expect(second.lines).toContainEqual(expect.stringContaining('took over the PostgreSQL'));
  expect(services.some(isRunning)).toBe(false);
  expect([demo('ALIPAY_MD5_KEY'), demo('DATABASE_URL')]).toEqual([key, databaseUrl]);
});
