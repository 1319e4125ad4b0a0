import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

import { findFreePort } from '@countersign/postgres';

import { untilTrue } from './until-true';

export interface RedisServer {
  readonly url: string;
  close(): Promise<void>;
}

const SERVER = 'redis-server';

/** A Redis of our own on loopback that keeps nothing; undefined where none is installed. */
export async function startRedis(
  folder: string,
  signal: AbortSignal,
): Promise<RedisServer | undefined> {
  const path = findRedis();
  if (path === undefined) return undefined;
  const port = await findFreePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const server = spawn(path, settings, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => {
      resolve();
    });
  });
  const close = (): Promise<void> => {
    server.kill('SIGTERM');
    return ended;
  };
  try {
    await untilTrue(() => isOpen(port, server), {
      fact: 'Redis takes connections',
      lookEveryMs: 20,
      signal,
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, close };
}

function findRedis(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, SERVER))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function isOpen(port: number, server: ChildProcess): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`${SERVER} ended with ${server.exitCode}.`);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}
