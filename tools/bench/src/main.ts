#!/usr/bin/env node
import { HELP, readCommandLine } from './command-line';

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
      return measure(async (signal) => {
        // Only now: help needs neither the libraries nor a build of them.
        const { measureNotifications } = await import('./measure-notifications.js');
        const { reportNotifications } = await import('./report-notifications.js');
        const result = await measureNotifications(asked.options, {
          signal,
          tell,
        });
        print(reportNotifications(result), asked.options.json ? result : undefined);
      });
    case 'TILLS':
      return measure(async (signal) => {
        const { measureTills } = await import('./measure-tills.js');
        const { reportTills } = await import('./report-tills.js');
        const result = await measureTills(asked.options, { signal, tell });
        print(reportTills(result), asked.options.json ? result : undefined);
      });
    case 'FAILURES':
      return measure(async (signal) => {
        const { measureFailures } = await import('./measure-failures.js');
        const { reportFailures, whatWasLost } = await import('./report-failures.js');
        const result = await measureFailures(asked.options, { signal, tell });
        print(reportFailures(result), asked.options.json ? result : undefined);
        const lost = whatWasLost(result);
        if (lost !== undefined) throw new Error(lost);
      });
    case 'PAGES':
      return measure(async (signal) => {
        const { measurePages } = await import('./measure-pages.js');
        const { reportPages } = await import('./report-pages.js');
        const result = await measurePages(asked.options, { signal, tell });
        print(reportPages(result), asked.options.json ? result : undefined);
      });
    case 'REPORTS':
      return measure(async (signal) => {
        const { measureReports } = await import('./measure-reports.js');
        const { reportReports } = await import('./report-reports.js');
        const result = await measureReports(asked.options, { signal, tell });
        print(reportReports(result), asked.options.json ? result : undefined);
      });
    case 'EXPORTS':
      return measure(async (signal) => {
        const { measureExports } = await import('./measure-exports.js');
        const { reportExports } = await import('./report-exports.js');
        const result = await measureExports(asked.options, { signal, tell });
        print(reportExports(result), asked.options.json ? result : undefined);
      });
    case 'STATEMENTS':
      return measure(async (signal) => {
        const { measureStatements } = await import('./measure-statements.js');
        const { reportStatements } = await import('./report-statements.js');
        const result = await measureStatements(asked.options, { signal, tell });
        print(reportStatements(result), asked.options.json ? result : undefined);
      });
    case 'OPERATIONS':
      return measure(async (signal) => {
        const { measureOperations } = await import('./measure-operations.js');
        const { reportOperations } = await import('./report-operations.js');
        const result = await measureOperations(asked.options, { signal, tell });
        print(reportOperations(result), asked.options.json ? result : undefined);
      });
    case 'STREAMS':
      return measure(async (signal) => {
        const { measureStreams } = await import('./measure-streams.js');
        const { reportStreams } = await import('./report-streams.js');
        const result = await measureStreams(asked.options, { signal, tell });
        print(reportStreams(result), asked.options.json ? result : undefined);
      });
    case 'REPLICAS':
      return measure(async (signal) => {
        const { measureReplicas } = await import('./measure-replicas.js');
        const { reportReplicas } = await import('./report-replicas.js');
        const result = await measureReplicas(asked.options, { signal, tell });
        print(reportReplicas(result), asked.options.json ? result : undefined);
      });
    case 'MEMORY':
      return measure(async (signal) => {
        const { measureMemory } = await import('./measure-memory.js');
        const { reportMemory } = await import('./report-memory.js');
        const result = await measureMemory(asked.options, { signal, tell });
        print(reportMemory(result), asked.options.json ? result : undefined);
      });
    case 'SOAK':
      return measure(async (signal) => {
        const { measureSoak } = await import('./measure-soak.js');
        const { reportSoak, whatWasMissed } = await import('./report-soak.js');
        const result = await measureSoak(asked.options, { signal, tell });
        print(reportSoak(result), asked.options.json ? result : undefined);
        const missed = whatWasMissed(result);
        if (missed !== undefined) throw new Error(missed);
      });
    case 'START':
      return measure(async (signal) => {
        const { measureStart } = await import('./measure-start.js');
        const { reportStart } = await import('./report-start.js');
        const result = await measureStart(asked.options, { signal, tell });
        print(reportStart(result), asked.options.json ? result : undefined);
      });
    case 'SIGNATURES':
      return measure(async (signal) => {
        const { measureSignatures } = await import('./measure-signatures.js');
        const { reportSignatures } = await import('./report-signatures.js');
        const result = await measureSignatures(asked.options, signal);
        print(reportSignatures(result), asked.options.json ? result : undefined);
      });
  }
}

/** A signal ends the measuring, which then takes down what it had put up. */
async function measure(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    await work(stopping.signal);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return EXIT_STOPPED;
    throw error;
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(report: string, result: unknown): void {
  process.stdout.write(`${report}\n`);
  if (result !== undefined) process.stdout.write(`${JSON.stringify(result)}\n`);
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
