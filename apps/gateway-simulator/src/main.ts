#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { ConfigProblems, readConfig } from './config';
import { errorCode } from './error-code';
import { startGatewaySimulator } from './start-gateway-simulator';

async function main(): Promise<void> {
  const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'));
  const simulator = await startGatewaySimulator({
    ...config,
    log: (fact, details) => {
      process.stderr.write(
        `${JSON.stringify({ at: new Date().toISOString(), fact, ...details })}\n`,
      );
    },
  });
  const stop = (): void => {
    simulator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        fail(error);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop); // the one who started us is gone
  process.stdout.write(`ready ${simulator.url}\n`);
  process.send?.({ type: 'ready', url: simulator.url, port: simulator.port });
}

function fail(error: unknown): void {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ConfigProblems) return error.message;
  const code = errorCode(error);
  if (code === 'EADDRINUSE') {
    return `Port ${process.env.SIMULATOR_PORT ?? '4010'} is taken. Set SIMULATOR_PORT to another one (0 takes a free port).`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `This machine has no address ${process.env.HOST ?? ''}. Set HOST to one that it has.`;
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return `There is no folder for SIMULATOR_BOOKS_FILE (${process.env.SIMULATOR_BOOKS_FILE ?? ''}).`;
  }
  if (code === 'EACCES')
    return 'No right to that port or file. Check SIMULATOR_PORT and SIMULATOR_BOOKS_FILE.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch(fail);
