import { startMerchantApi } from './compose';
import { readConfig } from './config';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const api = await startMerchantApi(config);

  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    api.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Whoever started us with a channel is gone when it closes: do not stay behind.
  if (process.channel !== undefined) process.on('disconnect', stop);

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
