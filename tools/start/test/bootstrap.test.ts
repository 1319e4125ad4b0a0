import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(60_000);

const OURS = join(__dirname, '..');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Tree {
  readonly root: string;
  /** Runs a command of the bootstrap in this tree. */
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** What the stand-ins for npm and the compiler were asked to do, in order. */
  readonly asked: () => readonly string[];
  readonly write: (path: string, text: string) => void;
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

// Stand-ins for the two programs the bootstrap calls; both note that they were called.
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('asked', 'npm ' + process.argv[2] + '\\n');
if (process.env.FAKE_NPM === 'offline') {
  console.error('npm error code ENOTFOUND'); process.exit(1);
}
const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
for (const path of Object.keys(lock.packages).filter((name) => name !== '')) {
  fs.mkdirSync(path, { recursive: true });
  fs.writeFileSync(path + '/package.json', '{}');
}
fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
fs.copyFileSync('compiler.js', 'node_modules/typescript/bin/tsc');
setTimeout(() => fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json'), 300);
`;
const COMPILER = `
const fs = require('node:fs');
fs.appendFileSync('asked', 'tsc\\n');
if (fs.readFileSync('tools/start/src/main.ts', 'utf8').includes('broken')) process.exit(2);
fs.mkdirSync('tools/start/dist', { recursive: true });
fs.writeFileSync('tools/start/dist/main.js',
  'exports.main = async (args) => { console.log("ran " + args.join(" ")); return 7; };');
`;

function makeTree(): Tree {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'countersign-bootstrap-'));
  folders.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  cpSync(join(OURS, 'bootstrap'), join(root, 'tools/start/bootstrap'), { recursive: true });
  cpSync(join(OURS, 'bootstrap.mjs'), join(root, 'tools/start/bootstrap.mjs'));
  write('package-lock.json', lockfile({ 'node_modules/pg': '8.0.0' }));
  write('tsconfig.base.json', '{}');
  write('tools/start/src/main.ts', '');
  write('npm/npm-cli.js', NPM);
  write('compiler.js', COMPILER);
  return {
    root,
    write,
    run: (...args) => runBootstrap(root, args),
    asked: () => {
      const file = join(root, 'asked');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
  };
}

function lockfile(versions: Readonly<Record<string, string>>): string {
  const packages = Object.entries(versions).map(([path, version]) => [path, { version }]);
  return JSON.stringify({ packages: Object.fromEntries([['', {}], ...packages]) as unknown });
}

async function runBootstrap(
  root: string,
  args: readonly string[],
  { env = {}, preload }: { env?: NodeJS.ProcessEnv; preload?: string } = {},
): Promise<Ran> {
  const before = preload === undefined ? [] : ['--require', preload];
  const child = spawn(process.execPath, [...before, 'tools/start/bootstrap.mjs', ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'npm/npm-cli.js'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}

test('says which Node is needed when this one is too old', async () => {
  const { root, write } = makeTree();
  write('old.cjs', "Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } });");

  const ran = await runBootstrap(root, ['test'], { preload: join(root, 'old.cjs') });

  expect(ran).toEqual({ code: 1, output: 'Node 20.19 or newer is needed, this is 18.20.4.\n' });
});

test('says what it can do when asked for something else', async () => {
  const { run, asked } = makeTree();

  const ran = await run('strat');

  expect(ran.code).toBe(2);
  expect(ran.output).toMatch(/Usage: .*start \| test/);
  expect(asked()).toEqual([]);
});

test('says that the network is missing, and counts it as one failure of npm test', async () => {
  const { root } = makeTree();

  const ran = await runBootstrap(root, ['test'], { env: { FAKE_NPM: 'offline' } });

  expect(ran.code).toBe(1);
  expect(ran.output).toMatch(/npm does not reach its registry.*\n0 passed, 1 failed\n$/s);
});

test('does not run what does not compile', async () => {
  const { run, write } = makeTree();
  write('tools/start/src/main.ts', 'broken');

  const ran = await run('start');

  expect(ran.code).toBe(1);
  expect(ran.output).toContain('The sources do not compile');
  expect(ran.output).not.toContain('ran start');
});

test('installs and builds once, then passes the command on and answers its exit code', async () => {
  const { run, asked } = makeTree();

  const first = await run('test', '--flag');
  const second = await run('test', '--flag');

  expect(asked()).toEqual(['npm ci', 'tsc']);
  expect(first.output).toContain('ran test --flag');
  expect(second).toEqual({ code: 7, output: 'ran test --flag\n' });
});

test.each<[string, (tree: Tree) => void]>([
  [
    'npm was stopped before it wrote its record',
    ({ root }) => {
      rmSync(join(root, 'node_modules/.package-lock.json'));
    },
  ],
  [
    'the folder of a package is gone',
    ({ root }) => {
      rmSync(join(root, 'node_modules/pg'), { recursive: true });
    },
  ],
  [
    'the lockfile asks for another version',
    ({ write }) => {
      write('package-lock.json', lockfile({ 'node_modules/pg': '8.0.1' }));
    },
  ],
  [
    'the lockfile asks for one more package',
    ({ write }) => {
      write('package-lock.json', lockfile({ 'node_modules/pg': '8.0.0', 'node_modules/ws': '8' }));
    },
  ],
])('installs again when %s', async (_, damage) => {
  const tree = makeTree();
  await tree.run('test');
  damage(tree);

  await tree.run('test');

  expect(tree.asked().filter((line) => line === 'npm ci')).toHaveLength(2);
});

test('builds again when a source has changed, and does not install', async () => {
  const { root, run, asked } = makeTree();
  await run('test');
  utimesSync(join(root, 'tools/start/src/main.ts'), 1, 1);

  await run('test');

  expect(asked()).toEqual(['npm ci', 'tsc', 'tsc']);
});

test('two starts at the same time install once, and both run', async () => {
  const { run, asked } = makeTree();

  const [one, other] = await Promise.all([run('test'), run('test')]);

  expect(asked()).toEqual(['npm ci', 'tsc']);
  expect([one.code, other.code]).toEqual([7, 7]);
});

test('takes over the lock of a start that was killed', async () => {
  const { run, write } = makeTree();
  write('.nx/preparing.lock', '999999999 1\n');

  const ran = await run('start');

  expect(ran.code).toBe(7);
});
