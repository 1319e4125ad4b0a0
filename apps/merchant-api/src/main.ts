import { startMerchantApi } from './compose';
import { readConfig } from './config';
import { createLog } from './log';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const api = await startMerchantApi(config, log);

  let isStopping = false;
  const stop = (exitCode: number): void => {
    if (isStopping) return;
    isStopping = true;
    api.close().then(
      () => process.exit(exitCode),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => {
    stop(0);
  });
  process.on('SIGINT', () => {
    stop(0);
  });
  // Whoever started us with a channel is gone when it closes: do not stay behind.
  if (process.channel !== undefined) {
    process.on('disconnect', () => {
      stop(0);
    });
  }
  void api.booksReplaced.then(() => {
    log.error('a backup was read back while this process ran: it ends, to be started again');
    stop(1);
  });

  // A disk that is full costs this line, and not the service.
  process.stdout.on('error', () => undefined);
  const url = config.role === 'worker' ? api.url : api.graphqlUrl;
  process.stdout.write(`ready ${url}\n`);
  process.send?.({ type: 'ready', url: api.url, graphqlUrl: api.graphqlUrl, port: api.port });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
