import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewaySimulator } from '../src/index';
import { call, control, createCode, startSimulator, stopAll } from './support';

afterEach(stopAll);

interface Trade {
  readonly amount: string;
  readonly wallet: string;
  readonly trade_no: string;
}

async function trades(simulator: GatewaySimulator): Promise<readonly Trade[]> {
  return (await control<Trade[]>(simulator, 'GET', '/trades')).json;
}

async function openPage(qrcode: string): Promise<{ html: string; form: string; status: number }> {
  const response = await fetch(qrcode);
  const html = await response.text();
  return {
    html,
    status: response.status,
    form: /name="form" value="(?<form>[0-9a-f]+)"/.exec(html)?.groups?.form ?? '',
  };
}

function submit(
  qrcode: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(qrcode, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    headers,
  });
}

test('shows a kind page for a code that is unknown, stopped or deleted', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);
  const change = (status: string): Promise<unknown> =>
    call(simulator, {
      service: 'alipay.commerce.qrcode.modifyStatus',
      timestamp: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
      biz_type: 'OVERSEASHOPQRCODE',
      qrcode,
      status,
    });
  const { form } = await openPage(qrcode);

  const unknown = await openPage(`${qrcode}0`);
  await change('STOP');
  const stopped = await openPage(qrcode);
  const late = await submit(qrcode, { form, amount: '1.00', wallet: 'ALIPAYHK' });
  await change('DELETE');
  const deleted = await openPage(qrcode);

  expect([unknown.status, stopped.status, late.status, deleted.status]).toEqual([
    404, 409, 409, 409,
  ]);
  expect(unknown.html).toContain('Unknown code');
  expect(stopped.html).toContain('does not take payments with this code now');
  expect(await trades(simulator)).toEqual([]);
});

test.each(['', '0', '0.00', '1.005', '-1', '1e3', '12,50', '10000000', 'a'])(
  'refuses the amount %j, and keeps what was typed',
  async (amount) => {
    const simulator = await startSimulator();
    const qrcode = await createCode(simulator);
    const { form } = await openPage(qrcode);

    const response = await submit(qrcode, { form, amount, wallet: 'ALIPAYCN' });
    const html = await response.text();

    expect(response.status).toBe(400);
    expect(html).toContain('Please type an amount such as 12.50.');
    expect(html).toContain(`value="${amount}"`);
    expect(html).toMatch(/value="ALIPAYCN" checked/);
    expect(await trades(simulator)).toEqual([]);
  },
);

test('refuses a form of another web page, one without a token, and one that is too long', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);
  const { form } = await openPage(qrcode);
  const good = { form, amount: '1.00', wallet: 'ALIPAYHK' };

  const foreign = await submit(qrcode, good, { Origin: 'https://evil.example' });
  const tokenless = await submit(qrcode, { amount: '1.00', wallet: 'ALIPAYHK' });
  const long = await submit(qrcode, { ...good, more: 'x'.repeat(5000) });

  expect([foreign.status, tokenless.status, long.status]).toEqual([403, 400, 400]);
  expect(await trades(simulator)).toEqual([]);
});

test('pays once, however often the form is sent, and leads to the receipt', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);
  const { form, html } = await openPage(qrcode);
  const fields = { form, amount: '12.5', wallet: 'ALIPAYCN' };

  const replies = await Promise.all([
    submit(qrcode, fields),
    submit(qrcode, fields),
    submit(qrcode, fields),
  ]);
  const receipt = await fetch(`${simulator.url}${replies[0].headers.get('location') ?? ''}`);
  const receiptHtml = await receipt.text();

  expect(html).toContain('<h1>好味茶餐廳</h1>');
  expect(replies.map(({ status }) => status)).toEqual([303, 303, 303]);
  const made = await trades(simulator);
  expect(made).toMatchObject([{ amount: '12.50', wallet: 'ALIPAYCN' }]);
  expect(receiptHtml).toContain('付款成功');
  expect(receiptHtml).toContain('HK$ 12.50');
  expect(receiptHtml).toContain(made[0]?.trade_no ?? 'no trade');
});

test('pays once across a restart as well', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-wallet-'));
  const booksFile = `${folder}/books`;
  const first = await startSimulator({ booksFile });
  const qrcode = await createCode(first);
  const { form } = await openPage(qrcode);
  const fields = { form, amount: '3.00', wallet: 'ALIPAYHK' };
  await submit(qrcode, fields);
  await first.close();

  const second = await startSimulator({ booksFile });
  await submit(qrcode.replace(first.url, second.url), fields);

  expect(await trades(second)).toHaveLength(1);
  await second.close();
  await rm(folder, { recursive: true });
});

test('escapes what a shop calls itself, and loads nothing from elsewhere', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(
    simulator,
    {},
    { store_name: "<script>alert('1')</script> & Söhne" },
  );

  const response = await fetch(qrcode);
  const html = await response.text();

  expect(html).not.toContain('<script>alert');
  expect(html).toContain('&#60;script&#62;');
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect(html).not.toMatch(/(?:src|href)="https?:/);
});

test('the address of the picture leads to a page that shows the code', async () => {
  const simulator = await startSimulator();
  const qrcode = await createCode(simulator);

  const page = await fetch(qrcode.replace('/pay/', '/codes/'));

  expect(page.status).toBe(200);
  expect(await page.text()).toContain(qrcode);
});
