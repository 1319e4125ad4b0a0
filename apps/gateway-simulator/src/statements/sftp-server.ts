import { createHash, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { type AddressInfo } from 'node:net';

import { type Attributes, type Connection, Server, type SFTPWrapper, utils } from 'ssh2';

import type { Log } from '../log';
import type { StatementFile, StatementShelf } from './statement-shelf';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM or OpenSSH; a fresh one for each start when left out. */
  readonly hostKey: string | undefined;
  readonly shelf: StatementShelf;
  readonly log: Log;
}

export interface SftpServer {
  readonly port: number;
  /** What a client pins: `SHA256:…` of the host key, as OpenSSH prints it. */
  readonly hostKeyFingerprint: string;
  close(): Promise<void>;
}

const { OPEN_MODE, STATUS_CODE } = utils.sftp;
const READ_FLAG: number = OPEN_MODE.READ;
const FOLDER = '/download';
const CONNECTIONS_MAX = 20;

/** Alipay's file server: one folder of statement files, which can be listed and read. */
export async function openSftpServer(options: SftpOptions): Promise<SftpServer> {
  const { shelf, log } = options;
  const hostKey = options.hostKey ?? generateHostKey();
  const connections = new Set<Connection>();
  const server = new Server({ hostKeys: [hostKey] }, (connection) => {
    if (connections.size >= CONNECTIONS_MAX) {
      connection.end();
      return;
    }
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    // A client that leaves rudely is no news.
    connection.on('error', () => undefined);
    connection.on('authentication', (asked) => {
      const isKnown =
        asked.method === 'password' &&
        isSame(asked.username, options.user) &&
        isSame(asked.password, options.password);
      if (isKnown) asked.accept();
      else asked.reject(['password']);
    });
    connection.on('session', (acceptSession) => {
      acceptSession().on('sftp', (acceptSftp) => {
        serveFolder(acceptSftp(), shelf);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      server.on('error', (error: Error) => {
        log('sftp server', { error: error.message });
      });
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    hostKeyFingerprint: fingerprintOf(hostKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const connection of connections) connection.end();
      }),
  };
}

/** By Node: keys that the SSH library makes itself are now and then none that it can read. */
function generateHostKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(hostKey: string): string {
  const key = utils.parseKey(hostKey);
  if (key instanceof Error) throw key;
  const digest = createHash('sha256').update(key.getPublicSSH()).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

interface OpenFile {
  readonly bytes: Buffer;
}
interface OpenFolder {
  isListed: boolean;
}

function serveFolder(sftp: SFTPWrapper, shelf: StatementShelf): void {
  const handles = new Map<number, OpenFile | OpenFolder>();
  let nextHandle = 0;
  const open = (it: OpenFile | OpenFolder): Buffer => {
    nextHandle += 1;
    handles.set(nextHandle, it);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(nextHandle);
    return handle;
  };
  const opened = (handle: Buffer): OpenFile | OpenFolder | undefined =>
    handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined;
  const find = (path: string): StatementFile | undefined =>
    shelf.files().find(({ name }) => `${FOLDER}/${name}` === normal(path));
  const stat = (id: number, path: string): void => {
    const file = find(path);
    if (file !== undefined) sftp.attrs(id, attributesOf(file));
    else if (isFolder(path)) sftp.attrs(id, FOLDER_ATTRIBUTES);
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  };

  sftp.on('REALPATH', (id, path) => {
    const filename = normal(path);
    sftp.name(id, [{ filename, longname: filename, attrs: FOLDER_ATTRIBUTES }]);
  });
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('OPENDIR', (id, path) => {
    if (isFolder(path)) sftp.handle(id, open({ isListed: false }));
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  });
  sftp.on('READDIR', (id, handle) => {
    const folder = opened(handle);
    if (folder === undefined || !('isListed' in folder)) sftp.status(id, STATUS_CODE.FAILURE);
    else if (folder.isListed) sftp.status(id, STATUS_CODE.EOF);
    else {
      folder.isListed = true;
      sftp.name(
        id,
        shelf.files().map((file) => ({
          filename: file.name,
          longname: `-r--r--r-- 1 alipay alipay ${file.bytes.length} ${file.name}`,
          attrs: attributesOf(file),
        })),
      );
    }
  });
  sftp.on('OPEN', (id, path, flags) => {
    const file = find(path);
    if (file === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else if ((flags & ~READ_FLAG) !== 0) sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    else sftp.handle(id, open({ bytes: file.bytes }));
  });
  sftp.on('FSTAT', (id, handle) => {
    const file = opened(handle);
    if (file === undefined || !('bytes' in file)) sftp.status(id, STATUS_CODE.FAILURE);
    else sftp.attrs(id, { ...FILE_ATTRIBUTES, size: file.bytes.length });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const file = opened(handle);
    if (file === undefined || !('bytes' in file)) sftp.status(id, STATUS_CODE.FAILURE);
    else if (offset >= file.bytes.length) sftp.status(id, STATUS_CODE.EOF);
    else sftp.data(id, file.bytes.subarray(offset, offset + length));
  });
  sftp.on('CLOSE', (id, handle) => {
    const isOpen = opened(handle) !== undefined;
    if (isOpen) handles.delete(handle.readUInt32BE());
    sftp.status(id, isOpen ? STATUS_CODE.OK : STATUS_CODE.FAILURE);
  });
}

const READ_ONLY = 0o444;
const FILE_ATTRIBUTES: Attributes = {
  ...{ mode: 0o100000 | READ_ONLY, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 },
};
const FOLDER_ATTRIBUTES: Attributes = { ...FILE_ATTRIBUTES, mode: 0o040000 | 0o555 };

function attributesOf({ bytes, writtenAt }: StatementFile): Attributes {
  const seconds = Math.floor(writtenAt / 1000);
  return { ...FILE_ATTRIBUTES, size: bytes.length, atime: seconds, mtime: seconds };
}

/** Absolute, without dots: there is nothing outside the folder to reach. */
function normal(path: string): string {
  const parts: string[] = [];
  const start = path.startsWith('/') ? path : `${FOLDER}/${path}`;
  for (const part of start.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function isFolder(path: string): boolean {
  return normal(path) === FOLDER || normal(path) === '/';
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
