import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';

import { doctorCommand } from '../src/commands/doctor/doctor.command';
import { type Finding } from '../src/commands/doctor/finding';
import { runCommand } from '../src/commands/run-command';
import { MD5_KEY, QUERY, startGateway } from './support/gateway';
import { heardTerminal } from './support/heard-terminal';
import { openCounter } from './support/shop';
import { environment, type Stack, startStack } from './support/stack';

let stack: Stack;
let healthy: Record<string, string>;

beforeAll(async () => {
  stack = await startStack();
  healthy = environment({
    DATABASE_URL: stack.database.url,
    ALIPAY_GATEWAY_URL: stack.gateway.url,
    PUBLIC_URL: stack.api.url,
  });
});
afterAll(() => stack.close());

async function examine(
  env: Readonly<Record<string, string | undefined>> = healthy,
  { args = ['--json'], now = () => new Date() }: { args?: string[]; now?: () => Date } = {},
) {
  const terminal = heardTerminal(env, now);
  const exitCode = await runCommand(doctorCommand, args, terminal);
  const { printed, complaints } = terminal;
  expect(complaints).toEqual([]);
  const said = printed.join('\n');
  for (const secret of [MD5_KEY, healthy['AUTH_DEMO_TOKEN'] ?? '']) {
    expect(said).not.toContain(secret);
  }
  const findings = args.includes('--json')
    ? printed.map((line) => JSON.parse(line) as Finding)
    : [];
  const about = (name: string): Finding[] => findings.filter((one) => one.about === name);
  return { exitCode, said, findings, about };
}

test('of a set-up that is well, everything is told, and only the demo’s own looseness is doubtful', async () => {
  const { exitCode, findings } = await examine();

  expect(exitCode).toBe(0);
  expect(findings.map(({ about, verdict }) => [about, verdict])).toEqual([
    ['configuration', 'good'],
    ['keys', 'good'],
    ['gateway', 'good'],
    ['clock', 'good'],
    ['notifications', 'good'],
    ['access', 'doubtful'],
    ['statements', 'doubtful'],
    ['books', 'good'],
  ]);
  for (const { verdict, remedy } of findings) expect(remedy === undefined).toBe(verdict === 'good');
});

test('for a person each is one line', async () => {
  const { said } = await examine(healthy, { args: [] });

  expect(said).toContain('ok    gateway: it knows us, and its answers verify (TRADE_NOT_EXIST');
  expect(said).toContain(
    'warn  access: the demo’s token opens everything. Leave AUTH_DEMO_TOKEN out',
  );
});

test('every problem of a configuration is told at once', async () => {
  const { exitCode, said, about } = await examine({
    ...healthy,
    ALIPAY_PARTNER_ID: undefined,
    ALIPAY_SIGN_TYPE: 'RSA9',
  });

  expect(exitCode).toBe(1);
  expect(about('configuration')).toHaveLength(2);
  expect(said).toContain('ALIPAY_PARTNER_ID is missing');
  expect(said).toContain('ALIPAY_SIGN_TYPE is none of MD5, RSA, RSA2');
});

test('our own key in the place of Alipay’s is seen before a customer pays', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const rsa = {
    ALIPAY_GATEWAY_URL: 'http://127.0.0.1:1/gateway.do', // ours here knows MD5 alone
    ALIPAY_SIGN_TYPE: 'RSA2',
    ALIPAY_MD5_KEY: undefined,
    ALIPAY_PRIVATE_KEY: privateKey,
  };
  const other = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  const mixedUp = await examine({ ...healthy, ...rsa, ALIPAY_PUBLIC_KEY: publicKey });
  const short = await examine({ ...healthy, ...rsa, ALIPAY_PUBLIC_KEY: other.publicKey });

  expect(mixedUp.about('keys')).toMatchObject([
    { verdict: 'wrong', words: 'ALIPAY_PUBLIC_KEY is the public half of our own key' },
  ]);
  expect(short.about('keys')).toMatchObject([
    { verdict: 'good' },
    { verdict: 'doubtful', words: 'our own key has 1024 bits' },
  ]);
});

describe('the gateway', () => {
  afterEach(() => {
    stack.gateway.answer(QUERY, () => ({ result_code: 'FAIL', error: 'TRADE_NOT_EXIST' }));
  });

  test('that refuses our signature is wrong, with what to mend', async () => {
    stack.gateway.answer(QUERY, () => ({ unsigned: 'ILLEGAL_SIGN' }));

    const { exitCode, about } = await examine();

    expect(exitCode).toBe(1);
    expect(about('gateway')).toMatchObject([
      { verdict: 'wrong', remedy: expect.stringContaining('ALIPAY_SIGN_TYPE') as string },
    ]);
  });

  test('whose answers do not verify is wrong', async () => {
    const other = await startGateway();
    other.spoilSignatures();

    const { about } = await examine({ ...healthy, ALIPAY_GATEWAY_URL: other.url });
    await other.close();

    expect(about('gateway')).toMatchObject([
      { verdict: 'wrong', remedy: expect.stringContaining('do not verify') as string },
    ]);
  });

  test('that cannot be reached is wrong, and then nobody says what time it is', async () => {
    const { about } = await examine({
      ...healthy,
      ALIPAY_GATEWAY_URL: 'http://127.0.0.1:1/gateway.do',
    });

    expect(about('gateway')).toMatchObject([
      { verdict: 'wrong', remedy: expect.stringContaining('ALIPAY_GATEWAY_URL') as string },
    ]);
    expect(about('clock')).toMatchObject([{ verdict: 'doubtful' }]);
  });

  test.each([
    [-120_000, 'doubtful', '120 s behind'],
    [1_900_000, 'wrong', '1900 s ahead of'],
  ])('has a clock: ours %i ms off is %s', async (offMs, verdict, words) => {
    const { about } = await examine(healthy, { now: () => new Date(Date.now() + offMs) });

    const [clock] = about('clock');
    expect(clock?.verdict).toBe(verdict);
    const seconds = Number(/^\d+/.exec(clock?.words ?? '')?.[0]);
    expect(Math.abs(seconds - Math.abs(offMs) / 1_000)).toBeLessThan(30);
    expect(clock?.words).toContain(words.replace(/^\d+ s /, ''));
  });
});

describe('the address that Alipay notifies', () => {
  test('that leads to a login page is wrong', async () => {
    const page = createServer((_request, response) => response.end('<html>log in</html>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const { port } = page.address() as AddressInfo;

    const { about } = await examine({ ...healthy, PUBLIC_URL: `http://127.0.0.1:${port}` });

    expect(about('notifications')).toMatchObject([
      { verdict: 'wrong', words: expect.stringContaining('instead of 400 fail') as string },
    ]);
    page.close();
  });

  test('that cannot be reached from here is doubtful', async () => {
    const { about } = await examine({ ...healthy, PUBLIC_URL: 'http://127.0.0.1:1' });

    expect(about('notifications')).toMatchObject([{ verdict: 'doubtful' }]);
  });

  test('that is of this machine only is wrong where the gateway is not', async () => {
    const { about } = await examine({
      ...healthy,
      PUBLIC_URL: undefined,
      AUTH_DEMO_TOKEN: undefined,
      ALIPAY_GATEWAY_URL: 'https://127.0.0.1.example.invalid/gateway.do',
    });

    expect(about('notifications')).toMatchObject([
      { verdict: 'wrong', remedy: expect.stringContaining('Set PUBLIC_URL') as string },
    ]);
  });
});

test('books that are not there are wrong', async () => {
  const { exitCode, about } = await examine({
    ...healthy,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  });

  expect(exitCode).toBe(1);
  expect(about('books')).toMatchObject([
    { verdict: 'wrong', words: expect.stringContaining('cannot be reached') as string },
  ]);
});

test('codes that Alipay has never spoken of are named, once they are a day old', async () => {
  await openCounter(stack);

  const today = await examine();
  const tomorrow = await examine(healthy, { now: () => new Date(Date.now() + 25 * 3_600_000) });

  expect(today.about('codes')).toEqual([]);
  expect(today.about('books')[0]?.words).toContain('1 code(s) can be paid with');
  expect(tomorrow.about('codes')).toMatchObject([
    {
      verdict: 'doubtful',
      words: expect.stringContaining('1 of them, older than 1 day: 中環店') as string,
    },
  ]);
});
