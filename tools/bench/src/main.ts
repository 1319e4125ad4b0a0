#!/usr/bin/env node
import { HELP, type NotificationsOptions, readCommandLine } from './command-line';

const EXIT_MISUSED = 2;
const EXIT_STOPPED = 130;

async function main(): Promise<number> {
  const asked = readCommandLine(process.argv.slice(2));
  switch (asked.kind) {
    case 'HELP':
      process.stdout.write(HELP);
      return 0;
    case 'MISTAKE':
      process.stderr.write(`${asked.message}\n\n${HELP}`);
      return EXIT_MISUSED;
    case 'NOTIFICATIONS':
      return runNotifications(asked.options);
  }
}

async function runNotifications(options: NotificationsOptions): Promise<number> {
  // Only now: help needs neither the libraries nor a build of them.
  const { measureNotifications } = await import('./measure-notifications.js');
  const { reportNotifications } = await import('./report-notifications.js');
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    const result = await measureNotifications(options, {
      signal: stopping.signal,
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${reportNotifications(result)}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return EXIT_STOPPED;
    throw error;
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
