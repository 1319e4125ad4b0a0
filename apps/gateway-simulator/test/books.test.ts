import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, type Entry } from '../src/books/journal';
import {
  booked,
  call,
  control,
  createCode,
  pay,
  startReceiver,
  startSimulator,
  stopAll,
  until,
} from './support';

let folder = '';
let booksFile = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-books-'));
  booksFile = join(folder, 'books.jsonl');
});
afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

const entry = (key: string, value: unknown = 1) => ({ kind: 'trade', key, value });

async function entriesOf(file: string): Promise<readonly Entry[]> {
  const { journal, entries } = await openJournal(file);
  await journal.close();
  return entries;
}

describe('the journal', () => {
  test('refuses a file that is damaged before its last line', async () => {
    await writeFile(
      booksFile,
      '{"kind":"trade","key":"1","value":1}\n{"kind":\n{"kind":"trade","key":"2","value":2}\n',
    );

    await expect(openJournal(booksFile)).rejects.toThrow(/damaged at line 2/);
  });

  test('forgets a last line that a crash has cut, and goes on after it', async () => {
    const { journal } = await openJournal(booksFile);
    journal.append(entry('1'));
    await journal.close();
    await appendFile(booksFile, '{"kind":"trade","key":"2","va');

    const again = await openJournal(booksFile);
    again.journal.append(entry('3'));
    await again.journal.close();

    expect((await entriesOf(booksFile)).map(({ key }) => key)).toEqual(['1', '3']);
  });

  test('has everything on disk once flushed, however many flush at once', async () => {
    const { journal } = await openJournal(booksFile);

    await Promise.all(
      Array.from({ length: 200 }, async (_none, index) => {
        journal.append(entry(String(index)));
        await journal.flushed();
        expect(await readFile(booksFile, 'utf8')).toContain(`"key":"${index}"`);
      }),
    );

    await journal.close();
    expect(await entriesOf(booksFile)).toHaveLength(200);
  });

  test('keeps the newest state of each record, and is rewritten when it grows', async () => {
    const { journal } = await openJournal(booksFile);
    for (let round = 0; round < 60; round += 1) {
      for (let index = 0; index < 1000; index += 1)
        journal.append(entry(String(index % 10), round));
      await journal.flushed();
    }

    await journal.close();

    expect((await readFile(booksFile, 'utf8')).split('\n').length).toBeLessThan(50_000);
    expect(await entriesOf(booksFile)).toEqual(
      Array.from({ length: 10 }, (_none, index) => entry(String(index), 59)),
    );
  });

  test('is readable by its owner alone', async () => {
    const { journal } = await openJournal(booksFile);
    journal.append(entry('1'));
    await journal.close();

    expect((await stat(booksFile)).mode & 0o077).toBe(0);
  });
});

test('a payment, a refund, a clock and a code are the same after a restart', async () => {
  const first = await startSimulator({ booksFile });
  const qrcode = await createCode(first);
  const paid = await pay(first, qrcode);
  await call(first, {
    service: 'alipay.acquire.overseas.spot.refund',
    partner_trans_id: paid.out_trade_no,
    partner_refund_id: 'R1',
    refund_amount: '1.00',
    currency: 'HKD',
    is_sync: 'Y',
  });
  await control(first, 'POST', '/clock', { offsetMs: 1_000_000 });
  await control(first, 'POST', '/variants', { unknownTrade: 'TRANS_NOT_FOUND' });
  await until(
    async () => ((await booked(first, paid)).notifications[0]?.sends.length ?? 0) >= 1,
    'the send was noted',
  );
  const { next_send_at: _one, ...before } = (await booked(first, paid)).notifications[0] ?? {
    next_send_at: '',
  };
  await first.close();

  const second = await startSimulator({ booksFile, publicUrl: 'http://elsewhere.test' });

  expect(await booked(second, paid)).toMatchObject({
    trade_status: 'TRADE_SUCCESS',
    refunded: '1.00',
    notifications: [{ notify_id: 'notify_id' in before ? before.notify_id : '' }],
  });
  expect(await createCode(second)).toBe(qrcode);
  expect((await control(second, 'GET', '/clock')).json.offsetMs).toBe(1_000_000);
  expect((await control(second, 'GET', '/variants')).json.unknownTrade).toBe('TRANS_NOT_FOUND');
});

test('what was still to be sent goes on after a restart', async () => {
  const receiver = await startReceiver();
  receiver.answer = { status: 503, text: '' };
  const first = await startSimulator({ booksFile, timeScale: 2000 });
  await pay(first, await createCode(first, { notify_url: receiver.url }));
  await until(() => receiver.received.length >= 1, 'the first send');
  await first.close();
  const before = receiver.received.length;
  receiver.answer = { status: 200, text: 'success' };

  await startSimulator({ booksFile, timeScale: 2000 });

  await until(() => receiver.received.length > before, 'a send after the restart');
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
});

test('an answer leaves after its effect is on disk', async () => {
  const simulator = await startSimulator({ booksFile });

  const qrcode = await createCode(simulator);
  expect(await readFile(booksFile, 'utf8')).toContain(qrcode);
  const paid = await pay(simulator, qrcode);

  expect(await readFile(booksFile, 'utf8')).toContain(paid.trade_no);
});

test('a reset is not undone by a restart', async () => {
  const first = await startSimulator({ booksFile });
  await pay(first, await createCode(first));
  await control(first, 'POST', '/reset');
  await first.close();

  const second = await startSimulator({ booksFile });

  expect((await control(second, 'GET', '/trades')).json).toEqual([]);
  expect((await control(second, 'GET', '/codes')).json).toEqual([]);
});
