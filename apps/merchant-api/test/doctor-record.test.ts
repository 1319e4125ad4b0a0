import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeNotification, type Fields, signFields } from '@countersign/alipay-protocol';

import { doctorCommand } from '../src/commands/doctor/doctor.command';
import { runCommand } from '../src/commands/run-command';
import { MD5_KEY, QUERY, REFUND, signer } from './support/gateway';
import { heardTerminal } from './support/heard-terminal';
import { type Counter, findPayment, openCounter, paymentFields } from './support/shop';
import { environment, PARTNER_ID, type Stack, startStack } from './support/stack';
import { until } from './support/until';

const REPOSITORY = join(__dirname, '../../..');

interface Vector {
  readonly name: string;
  readonly fields?: Fields;
  readonly body?: string;
  readonly charset: string;
  readonly code?: string;
  readonly plusEscaped?: boolean;
}

let stack: Stack;
let counter: Counter;
let place: string;
/** What the buyers, the shop and their numbers are called in the first live day. */
const original = {
  buyer: '2088123498761234',
  login: 'ada.chan@shop-in-mongkok.example',
  subject: '旺角茶餐廳 凍檸茶',
  simplified: '旺角茶餐厅',
  told: 'Table 14, Mr Chan',
};

beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
  place = mkdtempSync(join(tmpdir(), 'countersign-record-'));
  await liveDay();
});

afterAll(async () => {
  await stack.close();
  rmSync(place, { recursive: true, force: true });
});

/** Three payments, each written by another hand; a refund, a question, and a refusal at the door. */
async function liveDay(): Promise<void> {
  const about = { buyer_id: original.buyer, buyer_email: original.login };
  const first = paymentFields({ ...about, subject: original.subject });
  const { body, contentType } = encodeNotification(first, signer);
  await postBytes(body, contentType);

  const gbk = encodeNotification(
    paymentFields({ ...about, subject: original.simplified, body: '' }),
    signer,
    { charset: 'GBK' },
  );
  await postBytes(gbk.body, gbk.contentType);

  const other = signFields(paymentFields({ ...about, new_remark: original.told }), signer);
  const form = Object.entries(other)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%20', '+')}`)
    .join('&')
    .replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  await postBytes(Buffer.from(form), 'application/x-www-form-urlencoded');

  const { id, alipayTransId } = await until('the payment on record', () =>
    findPayment(stack, first['trade_no'] ?? ''),
  );
  await stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { userErrors { message } } }`,
    {
      input: {
        transactionId: id,
        idempotencyKey: 'once',
        amount: { amount: '2.50', currency: 'HKD' },
        reason: original.told,
      },
    },
  );
  stack.gateway.answer(QUERY, () => ({ unsigned: 'ILLEGAL_SIGN' }));
  await stack.client.get(
    `mutation ($input: TransactionInput!) { refreshTransaction(input: $input) { userErrors { message } } }`,
    { input: { transactionId: id } },
  );
  expect(stack.gateway.requests.map(({ service }) => service)).toEqual(
    expect.arrayContaining([REFUND, QUERY]),
  );
  expect(alipayTransId).toBe(first['trade_no']);
}

async function postBytes(body: Buffer, contentType: string): Promise<void> {
  const response = await fetch(counter.notifyUrl, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: new Uint8Array(body),
  });
  expect(await response.text()).toBe('success');
}

async function record(folder: string, ...more: readonly string[]) {
  const env = environment({ DATABASE_URL: stack.database.url });
  const terminal = heardTerminal(env);
  const exitCode = await runCommand(doctorCommand, ['--record', folder, ...more], terminal);
  return { exitCode, said: [...terminal.printed, ...terminal.complaints].join('\n') };
}

const read = (folder: string, name: string): Vector[] =>
  (JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as { vectors: Vector[] }).vectors;

test('a day on which nothing came, a day that is none, and a folder that has one are refused', async () => {
  const taken = mkdtempSync(join(place, 'taken-'));
  writeFileSync(join(taken, 'notifications.json'), 'of another day');

  expect(await record(join(place, 'none'), '--day', '2 January')).toMatchObject({
    exitCode: 2,
    said: expect.stringContaining('2 January is no day') as string,
  });
  expect(await record(taken)).toMatchObject({
    exitCode: 2,
    said: expect.stringContaining('cannot be written') as string,
  });
  expect(readFileSync(join(taken, 'notifications.json'), 'utf8')).toBe('of another day');
  const quiet = await record(join(place, 'quiet'), '--day', '2001-01-02');
  expect(quiet.exitCode).toBe(0);
  expect(read(join(place, 'quiet'), 'notifications')).toEqual([]);
});

describe('a first live day', () => {
  let folder: string;
  let texts: string;

  beforeAll(async () => {
    folder = join(place, 'first-day');
    expect(await record(folder)).toMatchObject({ exitCode: 0 });
    texts = ['notifications', 'signatures', 'answers']
      .map((name) => readFileSync(join(folder, `${name}.json`), 'utf8'))
      .join('\n');
  });

  test('is written for its owner alone', () => {
    expect(statSync(join(folder, 'notifications.json')).mode & 0o777).toBe(0o600);
  });

  test('gives nothing away: no id, no name, no login, no address, no key, in no spelling', async () => {
    const sent = await stack.database.run(
      `select encode(body, 'escape') as body, content_type from notifications`,
    );
    const ids = sent.flatMap(({ body }) =>
      [...String(body).matchAll(/(?:trade_no|out_trade_no|notify_id|sign)=([^&]+)/g)].map(
        ([, id]) => id ?? '',
      ),
    );
    const [token = ''] = counter.notifyUrl.split('/').slice(-1);
    const secrets = [
      ...[...Object.values(original), ...ids, token, MD5_KEY, PARTNER_ID],
      ...['米加咖啡', '中環店', 'Queen Road', 'Central', new URL(counter.code).pathname.slice(1)],
      ...[stack.api.url, stack.database.url],
    ];

    expect(ids.length).toBeGreaterThanOrEqual(12);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThanOrEqual(3);
      for (const spelling of spellings(secret)) expect(texts).not.toContain(spelling);
      for (const { base64 = '' } of read(folder, 'answers') as { base64?: string }[]) {
        expect(Buffer.from(base64, 'base64').toString()).not.toContain(secret);
      }
    }
  });

  test('says the same of the same: a buyer, a payment and a shop are found again', () => {
    const told = read(folder, 'notifications').map(({ fields = {} }) => fields);
    const asked = read(folder, 'signatures').map(({ fields = {} }) => fields);

    expect(new Set(told.map(({ buyer_id: buyer }) => buyer)).size).toBe(1);
    expect(new Set(told.map(({ trade_no: tradeNo }) => tradeNo)).size).toBe(3);
    const refund = asked.find(({ service }) => service === REFUND) ?? {};
    expect(refund).toMatchObject({ refund_amount: '2.50', currency: 'HKD' });
    expect(told.map(({ out_trade_no: outTradeNo }) => outTradeNo)).toContain(
      refund['partner_trans_id'],
    );
    expect(new Set([...asked.map(({ partner }) => partner), told[0]?.['seller_id']]).size).toBe(1);
  });

  test('keeps the hand of each sender: charset, order, empty fields, blanks and escapes', () => {
    const [plain, gbk, other] = read(folder, 'notifications');

    expect(plain?.charset).toBe('UTF-8');
    expect(gbk).toMatchObject({ charset: 'GBK', fields: { body: '' } });
    expect(gbk?.body).toMatch(/&body=&/);
    expect(Object.keys(gbk?.fields ?? {})[0]).toBe('notify_id');
    expect(other?.body).toMatch(/new_remark=[A-Z][a-z]{4}\+\d\d%2c\+[A-Z][a-z]\+[A-Z][a-z]{3}&/);
    expect(read(folder, 'answers').some(({ code }) => code === 'ILLEGAL_SIGN')).toBe(true);
  });

  test('is read by the tests of the vectors, and by openssl and iconv', () => {
    const env = { ...process.env, VECTORS: folder };
    const { stdout: agreed } = spawnSync(
      process.execPath,
      ['libs/alipay-protocol/vectors/make-vectors.mjs', '--check'],
      { cwd: REPOSITORY, env, encoding: 'utf8' },
    );
    const { stderr: tested } = spawnSync(
      process.execPath,
      [
        'node_modules/jest/bin/jest.js',
        '-c',
        'libs/alipay-protocol/jest.config.cjs',
        'vectors.test',
      ],
      { cwd: REPOSITORY, env, encoding: 'utf8' },
    );

    expect(agreed).toBe('openssl agrees with every signature\n');
    expect(tested).toContain('Test Suites: 1 passed, 1 total');
    expect(tested).toContain('✓ 3: trade_status_sync, TRADE_SUCCESS');
  });
});

/** As it is, as it stands in JSON, and as a form has it in either charset. */
function spellings(text: string): string[] {
  const { body } = encodeNotification({ text }, signer, { charset: 'GBK' });
  const [, inGbk = ''] = /^text=([^&]*)/.exec(body.toString('latin1')) ?? [];
  const utf8 = encodeURIComponent(text);
  return [text, JSON.stringify(text).slice(1, -1), utf8, inGbk].flatMap((one) => [
    one,
    one.replaceAll('%20', '+'),
    one.toLowerCase(),
  ]);
}
