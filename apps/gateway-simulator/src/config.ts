import { AlipayProtocolError, createVerifier, loadKey } from '@countersign/alipay-protocol';
import { errorCode } from './error-code';
import { TIME_SCALE, type SimulatorOptions } from './start-gateway-simulator';
import { readVariants } from './variants';

export type Environment = Readonly<Record<string, string | undefined>>;
export type SimulatorConfig = Omit<SimulatorOptions, 'now' | 'log' | 'port' | 'host'> & {
  readonly port: number;
  readonly host: string;
};

/** Everything that keeps the simulator from starting, in one message. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  constructor(readonly problems: readonly string[]) {
    const lines = problems.map((problem) => `  - ${problem}`);
    super(`Cannot start the gateway simulator:\n${lines.join('\n')}`);
  }
}

/** The whole configuration, or every problem at once; no key stands in any message. */
export function readConfig(
  env: Environment,
  readKeyFile: (path: string) => string,
): SimulatorConfig {
  const problems: string[] = [];
  const text = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  const found = (read: Found): string | undefined => {
    if (read.problem !== undefined) problems.push(read.problem);
    return read.value;
  };
  const expect = (isGood: boolean, problem: string): void => {
    if (!isGood) problems.push(problem);
  };

  const partnerId = text('SIMULATOR_PARTNER_ID') ?? '';
  const port = text('SIMULATOR_PORT') ?? '4010';
  const timeScale = text('SIMULATOR_TIME_SCALE') ?? String(TIME_SCALE);
  const publicUrl = text('SIMULATOR_PUBLIC_URL');
  const key = (name: string, tryOut: (value: string) => unknown): string | undefined =>
    found(checked(readKey(env, name, readKeyFile), name, tryOut));
  const md5Key = key('SIMULATOR_MD5_KEY', (md5) =>
    createVerifier({ signType: 'MD5', md5Key: md5 }),
  );
  const privateKey = key('SIMULATOR_PRIVATE_KEY', (rsa) => loadKey(rsa, { kind: 'private' }));
  const merchantPublicKey = key('SIMULATOR_MERCHANT_PUBLIC_KEY', (rsa) =>
    loadKey(rsa, { kind: 'public' }),
  );
  const areKeysRead = problems.length === 0;
  const controlToken = found(readKey(env, 'SIMULATOR_CONTROL_TOKEN', readKeyFile));
  const sftpPort = text('SIMULATOR_SFTP_PORT') ?? '4022';
  const sftpPassword = found(readKey(env, 'SIMULATOR_SFTP_PASSWORD', readKeyFile));
  const sftpHostKey = found(readKey(env, 'SIMULATOR_SFTP_HOST_KEY', readKeyFile));
  const variants = readVariants(pairsOf(text('SIMULATOR_VARIANTS') ?? ''));

  expect(
    /^\d{16}$/.test(partnerId),
    `SIMULATOR_PARTNER_ID ${partnerId === '' ? 'is missing' : 'must be 16 digits'}, such as 2088000000000001`,
  );
  expect(
    !areKeysRead ||
      md5Key !== undefined ||
      privateKey !== undefined ||
      merchantPublicKey !== undefined,
    'give SIMULATOR_MD5_KEY, or SIMULATOR_PRIVATE_KEY with SIMULATOR_MERCHANT_PUBLIC_KEY, or all three',
  );
  expect(
    !areKeysRead || (privateKey === undefined) === (merchantPublicKey === undefined),
    'SIMULATOR_PRIVATE_KEY and SIMULATOR_MERCHANT_PUBLIC_KEY belong together; one is missing',
  );
  expect(
    /^\d{1,5}$/.test(port) && Number(port) <= 65_535,
    'SIMULATOR_PORT must be a number from 0 to 65535',
  );
  expect(
    /^\d{1,5}$/.test(sftpPort) && Number(sftpPort) <= 65_535,
    'SIMULATOR_SFTP_PORT must be a number from 0 to 65535',
  );
  expect(
    /^\d{1,7}(?:\.\d+)?$/.test(timeScale) && Number(timeScale) > 0,
    'SIMULATOR_TIME_SCALE must be a number greater than 0; 60 makes a documented minute a second',
  );
  expect(
    publicUrl === undefined || isWebUrl(publicUrl),
    'SIMULATOR_PUBLIC_URL must be an http or https URL',
  );
  if ('error' in variants) problems.push(`SIMULATOR_VARIANTS: ${variants.error}`);
  if (problems.length > 0 || 'error' in variants) throw new ConfigProblems(problems);

  const booksFile = text('SIMULATOR_BOOKS_FILE');
  const hostKey = sftpHostKey ?? (privateKey === undefined ? undefined : hostKeyOf(privateKey));
  return {
    partnerId,
    port: Number(port),
    host: text('HOST') ?? '127.0.0.1',
    timeScale: Number(timeScale),
    variants: variants.variants,
    ...(md5Key === undefined ? {} : { md5Key }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(merchantPublicKey === undefined ? {} : { merchantPublicKey }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(controlToken === undefined ? {} : { controlToken }),
    ...(booksFile === undefined ? {} : { booksFile }),
    ...(sftpPassword === undefined
      ? {}
      : {
          sftp: {
            port: Number(sftpPort),
            password: sftpPassword,
            ...(hostKey === undefined ? {} : { hostKey }),
          },
        }),
  };
}

/** The gateway's own key in the shape that SSH reads, so that the demo needs no further one. */
function hostKeyOf(privateKey: string): string {
  return loadKey(privateKey, { kind: 'private' })
    .export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

interface Found {
  readonly value?: string;
  readonly problem?: string;
}

/** A secret, from the variable itself or from the file that `…_FILE` names. */
function readKey(env: Environment, name: string, readKeyFile: (path: string) => string): Found {
  const inline = env[name]?.trim() ?? '';
  const file = env[`${name}_FILE`]?.trim() ?? '';
  if (inline !== '' && file !== '') {
    return { problem: `${name} and ${name}_FILE are both set; keep one` };
  }
  if (file === '') return inline === '' ? {} : { value: inline };
  try {
    const value = readKeyFile(file).trim();
    return value === '' ? { problem: `${name}_FILE names an empty file` } : { value };
  } catch (error) {
    return { problem: `${name}_FILE cannot be read (${errorCode(error) ?? 'unknown reason'})` };
  }
}

/** What was read, if it is a key at all. */
function checked(read: Found, name: string, tryOut: (value: string) => unknown): Found {
  if (read.value === undefined) return read;
  try {
    tryOut(read.value);
    return read;
  } catch (error) {
    if (error instanceof AlipayProtocolError) return { problem: `${name}: ${error.message}` };
    throw error;
  }
}

/** `unknownTrade=TRANS_NOT_FOUND,asyncRefund=held` */
function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name.trim(), value.trim()];
    }),
  );
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
