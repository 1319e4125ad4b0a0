import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@countersign/postgres';
import { createServiceLog } from '../src/supervision/service-log';
import { superviseService, type SupervisedService } from '../src/supervision/supervise-service';

jest.setTimeout(30_000);

let folder: string;
const running: SupervisedService[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-service-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const READY = "process.send({ type: 'ready' }); setInterval(() => {}, 1000);";
const SHORT_PAUSES = { firstMs: 20, maxMs: 40, steadyAfterMs: 60_000 };

interface Supervision {
  readonly service: SupervisedService;
  /** What a person reads. */
  readonly lines: readonly string[];
  readonly pids: readonly number[];
  readonly logFile: string;
}

function supervise(
  source: string,
  limits: { stopWithinMs?: number; readyWithinMs?: number } = {},
): Supervision {
  const program = join(folder, 'program.js');
  writeFileSync(program, source);
  const lines: string[] = [];
  const pids: number[] = [];
  const show = (line: string): void => {
    lines.push(line);
  };
  const log = createServiceLog({ name: 'till', file: join(folder, 'till.log'), show });
  const service = superviseService({
    name: 'till',
    program,
    env: process.env,
    log,
    announce: show,
    onProcess: (pid) => {
      if (pid !== null) pids.push(pid);
    },
    pauses: SHORT_PAUSES,
    ...limits,
  });
  running.push(service);
  return { service, lines, pids, logFile: log.file };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('gives up, with the service’s own words, when it ends before it was ready', async () => {
  const { service, lines, pids } = supervise(
    "console.error('PORT 4000 is taken'); process.exit(3);",
  );

  await expect(service.ready).rejects.toThrow(/till stopped before it was ready \(exit 3\)/);
  expect(lines).toEqual(['till: PORT 4000 is taken']);
  expect(pids).toHaveLength(1);
});

test('gives up on a service that never says that it is ready', async () => {
  const { service } = supervise('setInterval(() => {}, 1000);', { readyWithinMs: 300 });

  await expect(service.ready).rejects.toThrow('till was not ready within 0.3 s');
});

test('starts a killed service again, each time after a longer pause, and says so', async () => {
  const { service, lines, pids } = supervise(READY);
  await service.ready;
  const again = (times: number): boolean =>
    lines.filter((line) => line === 'till is ready again').length === times;

  process.kill(pids[0] ?? 0, 'SIGKILL');
  await waitUntil(() => again(1), 10_000);
  process.kill(pids[1] ?? 0, 'SIGKILL');
  await waitUntil(() => again(2), 10_000);

  expect(lines).toEqual([
    'till ended (SIGKILL); starting it again in 0.02 s',
    'till is ready again',
    'till ended (SIGKILL); starting it again in 0.04 s',
    'till is ready again',
  ]);
});

test('goes on trying when a service that once was ready fails to start', async () => {
  const { service, lines } = supervise(`
    const fs = require('node:fs');
    const marker = __filename + '.times';
    const times = fs.existsSync(marker) ? Number(fs.readFileSync(marker, 'utf8')) : 0;
    fs.writeFileSync(marker, String(times + 1));
    if (times === 0) { process.send({ type: 'ready' }, () => process.exit(1)); }
    else if (times < 3) process.exit(1);
    else { ${READY} }
  `);

  await service.ready;
  await waitUntil(() => lines.includes('till is ready again'), 15_000);

  expect(lines.filter((line) => line.includes('ended (exit 1)'))).toHaveLength(3);
});

test('stops by SIGTERM and does not start again', async () => {
  const { service, lines, pids } = supervise(
    `${READY} process.on('SIGTERM', () => { console.log('tidied up'); process.exit(0); });`,
  );
  await service.ready;

  await service.stop();

  expect(isGone(pids[0] ?? 0)).toBe(true);
  expect(pids).toHaveLength(1);
  expect(lines).toEqual([]);
});

test('kills a service that does not stop in time', async () => {
  const { service, pids } = supervise(`process.on('SIGTERM', () => {}); ${READY}`, {
    stopWithinMs: 200,
  });
  await service.ready;

  await service.stop();

  expect(isGone(pids[0] ?? 0)).toBe(true);
});

test('keeps all that a service says in its log, and shows only its troubles', async () => {
  const { service, lines, logFile } = supervise(`
    console.log(JSON.stringify({ level: 30, msg: 'refund settled' }));
    console.log(JSON.stringify({ level: 40, msg: 'the inbox is slow', ageMs: 900 }));
    ${READY}
  `);
  await service.ready;
  await waitUntil(() => lines.length > 0, 5_000);

  expect(lines).toEqual(['till: warning: the inbox is slow (ageMs=900)']);
  expect(readFileSync(logFile, 'utf8')).toContain('refund settled');
});
