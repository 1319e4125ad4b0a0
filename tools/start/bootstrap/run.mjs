import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, isBuilt } from './build.mjs';
import { GivenUp } from './given-up.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** What each command needs to have been built; `npm test` checks all the rest itself. */
const PROJECTS = {
  start: ['tools/start', 'apps/gateway-simulator', 'apps/merchant-api'],
  test: ['tools/start'],
  'test:deep': ['tools/start'],
  'test:mutation': ['tools/start'],
  'print-schema': ['tools/start', 'apps/merchant-api'],
  'check-sums': ['tools/start', 'apps/merchant-api'],
  'after-restore': ['tools/start', 'apps/merchant-api'],
  'create-api-key': ['tools/start', 'apps/merchant-api'],
  doctor: ['tools/start', 'apps/merchant-api'],
  'explain-signature': ['tools/start', 'libs/alipay-protocol'],
  bench: ['tools/start', 'tools/bench', 'apps/gateway-simulator', 'apps/merchant-api'],
};

/** Exit codes of commands whose 1 is an answer. */
const COULD_NOT = {
  doctor: 2,
  'check-sums': 2,
  'after-restore': 2,
  'create-api-key': 2,
  'explain-signature': 2,
};

/** Installs, builds, and hands over to the compiled program in this same process. */
export async function run([command, ...rest]) {
  const projects = Object.hasOwn(PROJECTS, command ?? '') ? PROJECTS[command] : null;
  if (projects === null) {
    console.error(`Usage: node tools/start/bootstrap.mjs ${Object.keys(PROJECTS).join(' | ')}`);
    process.exitCode = 2;
    return;
  }
  // No Nx server stays behind, and nothing of ours asks questions or phones home.
  Object.assign(process.env, { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' });
  process.chdir(ROOT);
  try {
    await prepare(projects);
    const program = pathToFileURL(join(ROOT, 'tools/start/dist/main.js'));
    const { main } = (await import(program.href)).default;
    process.exit(await main([command, ...rest]));
  } catch (error) {
    console.error(error instanceof GivenUp ? error.message : error);
    process.exitCode = COULD_NOT[command] ?? error.exitCode ?? 1;
    if (command === 'test' && process.exitCode === 1) console.log('0 passed, 1 failed');
  }
}

async function prepare(projects) {
  if (isInstalled(ROOT) && isBuilt(ROOT, projects)) return;
  if (!existsSync(join(ROOT, 'package-lock.json'))) {
    throw new GivenUp('package-lock.json is missing: this is not a whole copy of the repository.');
  }
  await withLock(join(ROOT, '.nx', 'preparing.lock'), async () => {
    if (!isInstalled(ROOT)) await install(ROOT);
    if (!isBuilt(ROOT, projects)) await build(ROOT, projects);
  });
}
