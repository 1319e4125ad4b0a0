import { generateKeyPairSync } from 'node:crypto';
import { type AddressInfo } from 'node:net';

import { Server, type SFTPWrapper, utils } from 'ssh2';

import { createStatementServer, type StatementServer } from '../src/sftp';

const { STATUS_CODE } = utils.sftp;
const ATTRIBUTES = { mode: 0o100444, uid: 0, gid: 0, atime: 0, mtime: 0 };
const HOST_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;
const FILE = Buffer.from('2088|a statement\n'.repeat(100));

let close: () => void = () => undefined;
afterEach(() => {
  close();
});

/** A file server with one file, which reads as a test wants it. */
async function serve(
  read: (sftp: SFTPWrapper, id: number, offset: number) => void,
  {
    sizeOf = () => FILE.length,
    timeoutMs = 20_000, // a busy machine shakes hands slowly
    keepaliveInterval = 0,
  }: {
    readonly sizeOf?: () => number;
    readonly timeoutMs?: number;
    readonly keepaliveInterval?: number;
  } = {},
): Promise<StatementServer> {
  const server = new Server({ hostKeys: [HOST_KEY], keepaliveInterval }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (asked) => {
      asked.accept();
    });
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        sftp.on('STAT', (id, path) => {
          if (path.endsWith('there.txt')) sftp.attrs(id, { ...ATTRIBUTES, size: sizeOf() });
          else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
        });
        sftp.on('OPEN', (id) => {
          sftp.handle(id, Buffer.from([1]));
        });
        sftp.on('FSTAT', (id) => {
          sftp.attrs(id, { ...ATTRIBUTES, size: sizeOf() });
        });
        sftp.on('READ', (id, _handle, offset) => {
          read(sftp, id, offset);
        });
        sftp.on('CLOSE', (id) => {
          sftp.status(id, STATUS_CODE.OK);
        });
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  close = () => {
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  const url = `sftp://user@127.0.0.1:${port}/folder`;
  const shown = createStatementServer({ url, password: 'p', hostKey: `SHA256:${'A'.repeat(43)}` });
  const refusal = await shown.list().then(
    () => 'not refused',
    (error: unknown) => String(error),
  );
  const hostKey = /SHA256:\S+$/.exec(refusal)?.[0] ?? '';
  return createStatementServer({ url, password: 'p', hostKey, timeoutMs });
}

const readWhole = (sftp: SFTPWrapper, id: number, offset: number): void => {
  if (offset >= FILE.length) sftp.status(id, STATUS_CODE.EOF);
  else sftp.data(id, FILE.subarray(offset));
};

async function fetchFile(server: StatementServer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await server.open('there.txt')) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a file is fetched whole; one that is not there is none; another name is refused', async () => {
  const server = await serve(readWhole);

  expect(await fetchFile(server)).toEqual(FILE);
  expect(await server.open('missing.txt')).toBeNull();
  await expect(server.open('../secret')).rejects.toThrow('no name of a statement file');
});

test('a file that grows while it is read was not whole', async () => {
  let size = FILE.length;
  const server = await serve(
    (sftp, id, offset) => {
      size = FILE.length + 17;
      readWhole(sftp, id, offset);
    },
    { sizeOf: () => size },
  );

  await expect(fetchFile(server)).rejects.toThrow('was not whole');
});

test.each([
  ['falls silent', 0],
  ['keeps the line alive, and answers nothing,', 100],
])('a server that %s in the middle is left', async (_how, keepaliveInterval) => {
  const server = await serve(() => undefined, { timeoutMs: 2_000, keepaliveInterval });

  await expect(fetchFile(server)).rejects.toThrow();
});

test('whoever reads no further leaves nothing behind', async () => {
  const server = await serve((sftp, id, offset) => {
    if (offset < FILE.length) sftp.data(id, FILE.subarray(offset, offset + 10));
  });

  for await (const chunk of (await server.open('there.txt')) ?? []) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
