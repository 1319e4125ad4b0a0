import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PostgresUnavailable } from '@countersign/postgres';
import { checkDeeply } from './checks/check-deeply';
import { checkEverything } from './checks/check-everything';
import { checkMutants } from './checks/check-mutants';
import { findDemoDatabase, findDemoSettings } from './demo/demo-database';
import { given, type Environment } from './environment';
import { REPOSITORY } from './repository';
import { startProduct } from './start-product';
import { StopWithMessage } from './stop-with-message';

type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  start: () => startProduct(process.env),
  test: () => checkEverything(process.env),
  'test:deep': (args) => checkDeeply(process.env, args),
  'test:mutation': (args) => checkMutants(process.env, args),
  'print-schema': async (args) =>
    (await runProgram('apps/merchant-api/dist/print-schema.js', args)) ||
    runProgram('examples/live-till/generate.mjs', args),
  'check-sums': (args) =>
    runOnBooks('apps/merchant-api/dist/commands/check-sums/main.js', args, process.env),
  'after-restore': (args) =>
    runOnBooks('apps/merchant-api/dist/commands/after-restore/main.js', args, process.env),
  'create-api-key': (args) =>
    runOnBooks('apps/merchant-api/dist/commands/create-api-key/main.js', args, process.env),
  doctor: (args) =>
    runWithDemo('apps/merchant-api/dist/commands/doctor/main.js', args, process.env),
  'explain-signature': (args) =>
    runWithDemo('libs/alipay-protocol/dist/explain-signature/main.js', args, process.env),
  bench: (args) => runProgram('tools/bench/dist/main.js', args),
};

/** Runs one command and answers its exit code; called by bootstrap.mjs in its own process. */
export async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`There is no command ${name}.`);
  // Whoever read our output may be gone; that must not end us before we have ended the services.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  try {
    return await command(args);
  } catch (error) {
    if (!(error instanceof StopWithMessage || error instanceof PostgresUnavailable)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** A command on the books that the environment names, else on those of the running demo. */
function runOnBooks(path: string, args: readonly string[], env: Environment): Promise<number> {
  const demo = given(env, 'DATABASE_URL') === undefined ? findDemoDatabase(env) : null;
  return runProgram(path, args, demo === null ? {} : { DATABASE_URL: demo });
}

/** With the configuration of the environment where it knows Alipay, else with that of the running demo. */
function runWithDemo(path: string, args: readonly string[], env: Environment): Promise<number> {
  const isConfigured = given(env, 'ALIPAY_SIGN_TYPE') !== undefined;
  return runProgram(path, args, isConfigured ? {} : findDemoSettings(env));
}

/** One of our programs, with our terminal; signals reach it through us. */
function runProgram(
  path: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(process.execPath, [join(REPOSITORY, path), ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...more },
  });
  const passOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGINT', passOn).on('SIGTERM', passOn).on('SIGHUP', passOn);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn).off('SIGHUP', passOn);
      resolve(code ?? 2); // 1 can be an answer, and one that was ended gave none
    });
  });
}
