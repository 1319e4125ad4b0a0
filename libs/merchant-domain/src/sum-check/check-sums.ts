import { type ClientBase } from 'pg';

import { cancelFindings } from './cancel-sums.rules';
import { type Disagreement } from './disagreement';
import { eventFindings } from './event-sums.rules';
import { alteredFindings, type LooseMessage, looseMessageFindings } from './message-sums.rules';
import { type Bounds, type PaymentFile } from './payment-file';
import { qrCodeFindings } from './qr-code-sums.rules';
import { FIRST_ID, readOrphans } from './read-orphans';
import { PAYMENT_SERVICES, readPaymentFiles } from './read-payment-files';
import { QR_CODE_SERVICES, readQrCodeFiles } from './read-qr-code-files';
import { refundFindings } from './refund-sums.rules';
import { transactionFindings } from './transaction-sums.rules';

export interface CheckSums {
  /** What counts as late is counted from here. */
  readonly now: Date;
  /** Payments, codes or messages in memory at a time (500). */
  readonly chunkSize?: number;
  /** How long after its time a pending refund, cancel or code may wait (10 minutes). */
  readonly overdueMs?: number;
  /** How long an acknowledged message may wait to be processed (10 minutes). */
  readonly stuckMs?: number;
  /** How long a recorded answer may wait to reach the books (10 minutes). */
  readonly graceMs?: number;
}

/** How many records were compared so far. */
export interface Compared {
  readonly transactions: number;
  readonly refunds: number;
  readonly cancels: number;
  readonly notifications: number;
  readonly qrCodes: number;
  readonly events: number;
  readonly gatewayCalls: number;
}

export interface SumCheck extends AsyncIterable<Disagreement> {
  readonly compared: Compared;
}

const TEN_MINUTES_MS = 600_000;

/**
 * Compares the books with every message and call to Alipay on record, and names what disagrees. It
 * reads one snapshot, in chunks, on a connection of its own, and writes nothing. Iterate it once.
 */
export function checkSums(client: ClientBase, options: CheckSums): SumCheck {
  const compared = { ...NOTHING };
  return {
    compared,
    [Symbol.asyncIterator]: () => inOneSnapshot(client, options, compared),
  };
}

const NOTHING: Compared = {
  transactions: 0,
  refunds: 0,
  cancels: 0,
  notifications: 0,
  qrCodes: 0,
  events: 0,
  gatewayCalls: 0,
};

type Counting = { -readonly [Name in keyof Compared]: Compared[Name] };

async function* inOneSnapshot(
  client: ClientBase,
  options: CheckSums,
  compared: Counting,
): AsyncGenerator<Disagreement> {
  await client.query('begin isolation level repeatable read read only');
  try {
    yield* findDisagreements(client, options, compared);
  } finally {
    // Whoever stops listening half-way leaves nothing open; a lost connection has nothing to end.
    await client.query('rollback').catch(() => undefined);
  }
}

/** The comparison itself, within whatever transaction the connection is in. */
export async function* findDisagreements(
  client: ClientBase,
  { now, chunkSize: limit = 500, ...late }: CheckSums,
  compared: Counting = { ...NOTHING },
): AsyncGenerator<Disagreement> {
  const at: Bounds = {
    now,
    overdueMs: late.overdueMs ?? TEN_MINUTES_MS,
    stuckMs: late.stuckMs ?? TEN_MINUTES_MS,
    graceMs: late.graceMs ?? TEN_MINUTES_MS,
  };
  const payments = inChunks(
    limit,
    (after) => readPaymentFiles(client, after, limit),
    (file) => file.transaction.id,
  );
  for await (const file of payments) {
    yield* paymentFindings(file, at);
    countPayment(compared, file);
  }
  const codes = inChunks(
    limit,
    (after) => readQrCodeFiles(client, after, limit),
    (file) => file.qrCode.id,
  );
  for await (const file of codes) {
    yield* qrCodeFindings(file, at);
    compared.qrCodes += 1;
  }
  const messages = inChunks(
    limit,
    (after) => readLooseMessages(client, after, limit),
    ({ id }) => id,
  );
  for await (const message of messages) {
    yield* looseMessageFindings(message, at);
    compared.notifications += 1;
  }
  yield* readOrphans(client, limit, at);
  compared.gatewayCalls = await countCalls(client);
}

function* paymentFindings(file: PaymentFile, at: Bounds): Generator<Disagreement> {
  yield* transactionFindings(file, at);
  yield* refundFindings(file, at);
  yield* cancelFindings(file, at);
  yield* eventFindings(file);
  yield* alteredFindings(file.messages);
}

function countPayment(compared: Counting, file: PaymentFile): void {
  compared.transactions += 1;
  compared.refunds += file.refunds.length;
  compared.cancels += file.transaction.cancelStatus === null ? 0 : 1;
  compared.notifications += file.messages.length;
  compared.events += file.events.length;
}

async function* inChunks<Item>(
  limit: number,
  read: (afterId: string) => Promise<readonly Item[]>,
  idOfItem: (item: Item) => string,
): AsyncGenerator<Item> {
  let afterId = FIRST_ID;
  for (;;) {
    const items = await read(afterId);
    yield* items;
    const last = items.at(-1);
    if (last === undefined || items.length < limit) return;
    afterId = idOfItem(last);
  }
}

/** The messages that the files of the payments do not hold. */
async function readLooseMessages(
  client: ClientBase,
  afterId: string,
  limit: number,
): Promise<LooseMessage[]> {
  const { rows } = await client.query<LooseMessage>(
    `select n.id, n.status, n.reason, n.transaction_id as "transactionId", n.trade_no as "tradeNo",
       n.received_at as "receivedAt"
     from notifications n left join transactions t on t.id = n.transaction_id
     where n.id > $1 and (n.status <> 'APPLIED' or t.id is null) order by n.id limit $2`,
    [afterId, limit],
  );
  return rows;
}

async function countCalls(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from gateway_calls where service = any($1::text[])',
    [[...PAYMENT_SERVICES, ...QR_CODE_SERVICES]],
  );
  return Number(rows[0]?.count ?? 0);
}
