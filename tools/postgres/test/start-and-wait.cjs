/** A parent that a test can kill: starts what it is told to, says so, and waits. */
require('./run-typescript.cjs');
const { startPostgres } = require('../src/start-postgres.ts');
const { startThrowawayPostgres } = require('../src/throwaway-postgres.ts');

const [, , kind, dataDir] = process.argv;
const starting =
  kind === 'throwaway' ? startThrowawayPostgres() : startPostgres({ dataDir, durable: false });
starting.then(({ pid, url }) => {
  process.stdout.write(`${pid} ${url}\n`);
  setInterval(() => {}, 1_000);
});
