import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createDatabase } from '@countersign/postgres';
import { choosePort } from './demo/choose-port';
import {
  configureDemo,
  formatDemoFile,
  isConfigurationName,
  runsSimulator,
  type DemoConfiguration,
} from './demo/demo-configuration';
import { openDemoKeys } from './demo/demo-keys';
import { welcome } from './demo/welcome';
import { given, type Environment, type Values } from './environment';
import { openDataFolder } from './machine/data-folder';
import { writeSecret } from './machine/write-secret';
import { REPOSITORY } from './repository';
import { StopWithMessage } from './stop-with-message';
import { endLeftOverServices, rememberServices } from './supervision/left-over-services';
import { createServiceLog } from './supervision/service-log';
import { listenForStop, whenAborted } from './supervision/stop-signals';
import { supervisePostgres } from './supervision/supervise-postgres';
import { superviseService, type SupervisedService } from './supervision/supervise-service';

interface Stoppable {
  stop(): Promise<void> | void;
  kill?(): void;
}

const DATABASE = 'countersign';

/** `npm start`: the whole product until somebody stops it. Answers the exit code. */
export async function startProduct(env: Environment): Promise<number> {
  const signals = listenForStop();
  const started: Stoppable[] = []; // stopped in reverse order
  const starting = run(env, started, signals.asked);
  try {
    await Promise.race([starting.then(({ lost }) => lost), whenAborted(signals.asked)]);
    return 0;
  } catch (error) {
    if (signals.asked.aborted) return 0; // what fails while we are asked to stop is no news
    if (!(error instanceof StopWithMessage)) throw error;
    print(error.message);
    return 1;
  } finally {
    if (signals.asked.aborted) print('stopping …');
    await Promise.race([
      // The step that was under way may still add something to stop.
      starting.catch(() => undefined).then(() => stopAll(started)),
      whenAborted(signals.forced),
    ]);
    if (signals.forced.aborted) killAll(started);
    signals.release();
  }
}

async function run(
  env: Environment,
  started: Stoppable[],
  asked: AbortSignal,
): Promise<{ readonly lost: Promise<never> }> {
  const folder = openDataFolder(given(env, 'COUNTERSIGN_DATA_DIR') ?? join(REPOSITORY, '.data'));
  started.push({
    stop: () => {
      folder.release();
    },
  });
  const inFolder = (...names: string[]): string => join(folder.path, ...names);
  await endLeftOverServices(inFolder('services'), print);
  const apiPort = await choosePort(env, 'PORT', 4000);
  const simulatorPort = runsSimulator(env) ? await choosePort(env, 'SIMULATOR_PORT', 4010) : 0;
  const sftpPort = runsSimulator(env) ? await choosePort(env, 'SIMULATOR_SFTP_PORT', 4022) : 0;
  asked.throwIfAborted();

  const database = await openDatabase(env, inFolder('postgres'), started);
  asked.throwIfAborted();
  print(`ready postgres ${withoutPassword(database.url)}`);

  const booksFile = inFolder('simulator', 'books.json');
  mkdirSync(dirname(booksFile), { recursive: true, mode: 0o700 });
  const configuration = configureDemo({
    env,
    keys: openDemoKeys(inFolder('demo-keys.json')),
    databaseUrl: database.url,
    apiPort,
    simulatorPort,
    sftpPort,
    booksFile,
    readKeyFile: (path) => readFileSync(resolve(REPOSITORY, path), 'utf8'),
  });
  writeSecret(inFolder('demo.env'), formatDemoFile(configuration));
  await startServices({ env, configuration, folder: folder.path, started, asked });

  for (const line of welcome(configuration, inFolder('demo.env'))) print(line);
  print(`ready ${configuration.graphqlUrl}`);
  return { lost: database.lost };
}

async function openDatabase(
  env: Environment,
  dataDir: string,
  started: Stoppable[],
): Promise<{ readonly url: string; readonly lost: Promise<never> }> {
  const ownServer = given(env, 'DATABASE_URL');
  if (ownServer !== undefined) return { url: ownServer, lost: new Promise(() => undefined) };
  const postgres = await supervisePostgres(dataDir, print);
  started.push(postgres);
  return { url: await createDatabase(postgres.first.url, DATABASE), lost: postgres.lost };
}

interface Starting {
  readonly env: Environment;
  readonly configuration: DemoConfiguration;
  readonly folder: string;
  readonly started: Stoppable[];
  readonly asked: AbortSignal;
}

/** The simulator before the API, which may call it at once. */
async function startServices(starting: Starting): Promise<void> {
  const { configuration, folder } = starting;
  const processes = rememberServices(join(folder, 'services'));
  const start = async (name: string, values: Values): Promise<void> => {
    const service = superviseService({
      name,
      program: programOf(name),
      // graphql-js doubts every type at every field where it is not told that this is no workshop.
      env: { NODE_ENV: 'production', ...foreignTo(starting.env), ...values },
      log: createServiceLog({ name, file: join(folder, 'logs', `${name}.log`), show: print }),
      announce: print,
      onProcess: (pid) => {
        processes.remember(name, pid);
      },
    });
    starting.started.push(service);
    await readyOrStopped(service, starting.asked);
  };
  if (configuration.simulator !== null) {
    await start('gateway-simulator', configuration.simulator);
    print(`ready gateway-simulator ${configuration.simulatorUrl}`);
  }
  await start('merchant-api', configuration.api);
}

async function readyOrStopped(service: SupervisedService, asked: AbortSignal): Promise<void> {
  await Promise.race([service.ready, whenAborted(asked)]);
  asked.throwIfAborted();
}

function programOf(name: string): string {
  const program = join(REPOSITORY, 'apps', name, 'dist', 'main.js');
  if (existsSync(program)) return program;
  throw new StopWithMessage(`${program} is missing. Run \`npm run build\`, then start again.`);
}

/** The environment without the configuration of our programs: each is given its own. */
function foreignTo(env: Environment): Values {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !isConfigurationName(name)) kept[name] = value;
  }
  return kept;
}

async function stopAll(started: readonly Stoppable[]): Promise<void> {
  for (const one of [...started].reverse()) await one.stop();
}

function killAll(started: readonly Stoppable[]): void {
  for (const one of [...started].reverse()) one.kill?.();
}

function withoutPassword(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return '(as DATABASE_URL says)';
  const url = new URL(databaseUrl);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
