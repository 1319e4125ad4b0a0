import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createMemoryJournal, openJournal, type Entry } from './books/journal';
import { REGISTRATION_REVIEW_MS } from './books/registration.rules';
import { createChance } from './chance';
import { createClock } from './clock';
import { createFaults } from './faults';
import { createKeyRing, type Keys } from './key-ring';
import { silent, type Log } from './log';
import { createNotifier } from './notifier';
import { createFormPoster } from './post-form';
import { createHttpServer } from './server';
import { openSftpServer, type SftpServer } from './statements/sftp-server';
import { createStatementShelf } from './statements/statement-shelf';
import { readVariants, usualVariants, type Variants } from './variants';
import { createWorld } from './world';

export interface SimulatorOptions extends Keys {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly host?: string;
  readonly partnerId: string;
  /** What printed codes begin with; the simulator's own address unless phones reach it by another. */
  readonly publicUrl?: string;
  /** How many times faster than documented notifications are resent; 60 makes a minute a second. */
  readonly timeScale?: number;
  /** Lets others than this machine use the control API. */
  readonly controlToken?: string;
  /** Where the books are kept, so that they outlive the process. */
  readonly booksFile?: string;
  readonly variants?: Partial<Variants>;
  /** Serves the daily statement files over SFTP; without it there is no such server. */
  readonly sftp?: {
    /** 0, the default, takes a free port. */
    readonly port?: number;
    readonly user?: string;
    readonly password: string;
    /** The host's private key, PEM or OpenSSH; a fresh one when left out. */
    readonly hostKey?: string;
  };
  readonly now?: () => Date;
  readonly log?: Log;
}

export interface GatewaySimulator {
  readonly url: string;
  readonly port: number;
  readonly gatewayUrl: string;
  readonly controlUrl: string;
  /** Where statements are fetched, and the fingerprint of the host key to pin; null without `sftp`. */
  readonly sftp: { readonly url: string; readonly hostKey: string } | null;
  readonly close: () => Promise<void>;
}

export const TIME_SCALE = 60;
const SFTP_USER = 'alipay';

/** Alipay's gateway as its documents say, on a port of this machine. */
export async function startGatewaySimulator(options: SimulatorOptions): Promise<GatewaySimulator> {
  const { partnerId, host = '127.0.0.1', port = 0, timeScale = TIME_SCALE, log = silent } = options;
  if (!(timeScale > 0)) throw new RangeError('timeScale must be greater than 0');
  const keys = createKeyRing(options);
  const { journal, entries } =
    options.booksFile === undefined
      ? { journal: createMemoryJournal(), entries: [] }
      : await openJournal(options.booksFile);
  const clock = createClock(options.now ?? (() => new Date()));
  const chance = createChance();
  const faults = createFaults();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // every slow answer listens to it
  let url = '';
  let readings: Variants = { ...usualVariants(), ...options.variants };
  const variants = (): Variants => readings;
  const publicUrl = (): string => options.publicUrl?.replace(/\/+$/, '') ?? url;
  clock.move(readOffset(entries));
  readings = { ...readings, ...readKeptVariants(entries) };

  const world = createWorld({ journal, entries, now: clock.now, chance, publicUrl });
  const shelf = createStatementShelf(
    () => ({
      partnerId,
      trades: world.trades(),
      codeOf: (trade) => world.codeById(trade.codeId),
    }),
    clock,
  );
  const notifier = createNotifier({
    ...{ world, keys, clock, faults, variants, chance, timeScale, log },
    poster: createFormPoster(),
    sellerId: partnerId,
    closing: closing.signal,
  });
  const server = createHttpServer({
    ...{ world, chance, publicUrl, log },
    gateway: {
      ...{ partnerId, keys, clock, variants, world, faults, log },
      now: clock.now,
      reviewMs: Math.ceil(REGISTRATION_REVIEW_MS / timeScale),
      closing: closing.signal,
    },
    control: {
      ...{ world, faults, notifier, clock, variants, shelf },
      controlToken: options.controlToken,
      setVariants: (changed) => {
        readings = { ...readings, ...changed };
        world.saveSetting('variants', readings);
      },
      moveClock: (offsetMs) => {
        const jumpMs = clock.move(offsetMs);
        world.saveSetting('clock', offsetMs);
        notifier.clockMoved(jumpMs);
      },
      reset: () => {
        world.forgetEverything();
        faults.clear();
        notifier.forget();
        shelf.forget();
        clock.move(0);
        readings = { ...usualVariants(), ...options.variants };
      },
    },
  });

  const address = await listen(server, port, host).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  url = `http://${hostInUrl(address)}:${address.port}`;
  notifier.resume();
  const sftpUser = options.sftp?.user ?? SFTP_USER;
  const sftp =
    options.sftp === undefined
      ? null
      : await openSftpServer({
          ...{ host, shelf, log, user: sftpUser, password: options.sftp.password },
          port: options.sftp.port ?? 0,
          hostKey: options.sftp.hostKey,
        }).catch(async (error: unknown) => {
          server.close();
          await journal.close();
          throw error;
        });
  log('ready', { url });

  let closed: Promise<void> | null = null;
  return {
    url,
    port: address.port,
    gatewayUrl: `${url}/gateway.do`,
    controlUrl: `${url}/control`,
    sftp: sftp && sftpAddress(sftp, { address, user: sftpUser }),
    close: () => {
      closed ??= (async () => {
        closing.abort();
        notifier.close();
        await sftp?.close();
        const stopped = new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        });
        server.closeAllConnections();
        await stopped;
        await journal.close();
      })();
      return closed;
    },
  };
}

function listen(
  server: ReturnType<typeof createHttpServer>,
  port: number,
  host: string,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string')
        reject(new Error('The server has no address.'));
      else resolve(address);
    });
  });
}

function sftpAddress(
  { port, hostKeyFingerprint }: SftpServer,
  { address, user }: { readonly address: AddressInfo; readonly user: string },
): { readonly url: string; readonly hostKey: string } {
  return {
    url: `sftp://${user}@${hostInUrl(address)}:${port}/download`,
    hostKey: hostKeyFingerprint,
  };
}

/** An address that can be opened: what listens everywhere is reached here by the loopback address. */
function hostInUrl({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}

function readOffset(entries: readonly Entry[]): number {
  const kept = entries.find(({ kind, key }) => kind === 'setting' && key === 'clock')?.value;
  return typeof kept === 'number' ? kept : 0;
}

function readKeptVariants(entries: readonly Entry[]): Partial<Variants> {
  const kept = entries.find(({ kind, key }) => kind === 'setting' && key === 'variants')?.value;
  const read = readVariants(kept ?? {});
  return 'variants' in read ? read.variants : {}; // an older version's variants may be gone
}
