import {
  type Books,
  confirmPayment,
  type EndRestoration,
  endRestoration,
  openDatabase,
  ownerCaller,
} from '@countersign/merchant-domain';
import { uuidv7 } from 'uuidv7';

import { addDays, dayOf } from '../days/calendar';
import type { BookedTrade } from '../simulator-control';
import type { Operation } from '../graphql-client';
import { minorOf } from './amounts';
import { ask } from './ask';
import type { Counts } from './counts';
import { resolveOne } from './people';
import { isForgotten, type Restoration } from './restoration';
import { refusedForAge } from './read-books';
import {
  CODE_MUTATIONS,
  create,
  hearOf,
  insist,
  MUTATIONS,
  order,
  quietly,
  readCodes,
  runCommands,
} from './run-schedule';
import { closeUnpaid } from './settle';
import { type Entry, refundedInFull, type Shop, type Trade } from './shop';
import type { Site } from './site';
import { bringDays, daysOf } from './statements';

/**
 * The backup takes the place of the database, and what docs/operations.md asks of everybody is done,
 * until nothing is in doubt any more. It all takes place later than what was before, by every clock.
 */
export async function restoreBackup(
  site: Site,
  shops: readonly Shop[],
  counts: Counts,
  begun: number,
  backup: { readonly at: number; readonly then: readonly BookedTrade[] },
): Promise<Restoration> {
  await site.calmDown();
  await site.goAstray(0);
  await site.setSkew(0);
  const latest = Math.max(
    ...site.timesSince(begun).flatMap(({ product, gateway }) => [product, gateway]),
  );
  await site.moveTime(Math.max(0, latest - site.now().getTime()) + HOUR_MS);
  const tooOld = await refusedForAge(site);
  const since = site.now();
  const now = await site.restore();
  const restoration: Restoration = {
    ...{ backedUpAt: backup.at, restoredAt: performance.now(), endedAt: Infinity },
    ...{ then: backup.then, now, refusedForAge: tooOld, confirmed: new Set(), trouble: [] },
  };
  if ((await openRestorations(site)).length === 0) restoration.trouble.push('nobody noticed it');
  for (const shop of shops) {
    for (const trade of shop.trades) trade.transactionId = null;
    await insist(() => readCodes(site, shop));
  }

  await Promise.all(
    shops.map(async (shop) => {
      const lost = shop.history.filter((entry) => isForgotten(restoration, entry));
      const { newFirst, afterwards } = shop.schedule.restored;
      if (newFirst) await runCommands(site, shop, counts, afterwards);
      await sendAgain(site, shop, counts, lost);
      if (!newFirst) await runCommands(site, shop, counts, afterwards);
    }),
  );
  await Promise.all(shops.map((shop) => confirmOne(site, shop, counts, restoration)));
  restoration.trouble.push(...(await givenBack(site, restoration, counts, since)));
  await completeBooks(site, shops, counts, restoration);
  restoration.endedAt = performance.now();
  await Promise.all(shops.map((shop) => refundAnew(site, shop, counts, 'anew')));
  return restoration;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A till asks for all that it had asked for since, in its order and its words. */
async function sendAgain(
  site: Site,
  shop: Shop,
  counts: Counts,
  lost: readonly Entry[],
): Promise<void> {
  const { mishaps } = shop.schedule.restored;
  for (const [index, { kind, trade, code, input }] of lost.entries()) {
    const operation = SENT_AGAIN[kind];
    if (operation === undefined) continue;
    counts.happened(`sent again: ${kind}`);
    await order(site, shop, trade ?? code ?? null, mishaps[index] ?? []);
    if (kind === 'create') {
      await create(site, shop, { kind, fee: input['channelFee'] !== undefined, mishaps: [] });
    } else if (code !== undefined) {
      const now = { ...input, qrCodeId: code.id };
      await ask(site, shop, { kind, code, input: now }, operation);
    } else if (trade !== undefined) {
      if (trade.transactionId === null) await hearOf(site, trade);
      if (trade.transactionId === null) await recover(site, shop, trade);
      const now = { ...input, transactionId: trade.transactionId };
      if (trade.transactionId !== null)
        await ask(site, shop, { kind, trade, input: now }, operation);
    }
  }
}

const { claim, refund, cancel } = MUTATIONS;
/** Looks need no repeat, and what people decided they decide anew. */
const SENT_AGAIN: Partial<Record<Entry['kind'], Operation<object>>> = {
  ...{ claim, refund, cancel },
  ...CODE_MUTATIONS,
};

async function recover(site: Site, shop: Shop, trade: Trade): Promise<void> {
  const input = { partnerTransId: trade.outNo, alipayTransId: trade.no, qrCodeId: trade.code.id };
  const { answer } = await ask(site, shop, { kind: 'recover', trade, input }, MUTATIONS.recover);
  trade.transactionId = answer?.transaction?.id ?? null;
}

/** A customer who cannot wait: somebody sees in Alipay's portal that the books lack nothing. */
async function confirmOne(
  site: Site,
  shop: Shop,
  counts: Counts,
  { confirmed }: Restoration,
): Promise<void> {
  const no = shop.trades[0]?.no ?? '';
  const ours = await site.merchant.transactionBy({ alipayTransId: no }).catch(() => null);
  if (ours === null || ours.refunds.some(({ status }) => status === 'PENDING')) return;
  const theirs = await site.gateway.bookedTrade(no);
  if (theirs.trade_status !== 'TRADE_SUCCESS') return;
  if (minorOf(ours.refundedAmount.amount) !== minorOf(theirs.refunded)) return;
  await asOperator(site, (books, said) => confirmPayment(books, { ...said, alipayTransId: no }));
  confirmed.add(no);
  counts.happened('confirmed');
  await refundAnew(site, shop, counts, 'confirmed');
}

/** Of what was paid before nothing may have been given back since, as long as it is in doubt. */
async function givenBack(
  site: Site,
  { now, confirmed }: Restoration,
  counts: Counts,
  since: Date,
): Promise<string[]> {
  const trades = new Map((await site.gateway.books()).map((trade) => [trade.trade_no, trade]));
  // The files of a day and of the one after may have ended the doubts already.
  const ended = await site.rows(
    'select from restorations where noticed_at >= $1 and ended_at is not null',
    [since],
  );
  if (ended.length > 0) return [];
  counts.happened('in doubt until the files came');
  return now
    .filter(({ gmt_payment: paidAt, trade_no: no }) => paidAt !== null && !confirmed.has(no))
    .filter((before) => {
      const after = trades.get(before.trade_no);
      return after?.refunded !== before.refunded || after.cancelled !== before.cancelled;
    })
    .map(
      ({ trade_no: no }) => `of the payment ${no} something was given back while it was in doubt`,
    );
}

function openRestorations(site: Site): Promise<{ since: Date; until: Date }[]> {
  return site.rows(
    'select books_until as since, noticed_at as until from restorations where ended_at is null',
  );
}

/** What the operator does: codes, messages, files, and what nobody knows the end of. */
async function completeBooks(
  site: Site,
  shops: readonly Shop[],
  counts: Counts,
  restoration: Restoration,
): Promise<void> {
  await site.calmDown();
  await site.gateway.endFaults();
  for (const shop of shops) {
    await mendCodes(site, shop, restoration);
    for (const trade of shop.trades) {
      await quietly(site.gateway.resend(trade.no));
      await hearOf(site, trade);
      await bringHome(site, shop, counts, trade);
    }
  }
  await site.moveTime(2 * DAY_MS);
  await closeUnpaid(site, await site.gateway.books());
  for (let turn = 0; turn < 4; turn += 1) {
    await site.skipPause(330_000);
    await site.turn();
  }
  for (const shop of shops) {
    await mendCodes(site, shop, restoration); // also what was created just now
    for (const trade of shop.trades) await bringHome(site, shop, counts, trade);
  }
  const [open] = await openRestorations(site);
  if (open === undefined) return;
  for (const shop of shops) {
    for (const trade of shop.trades) await resolveAll(site, shop, counts, trade);
  }
  const days = [dayOf(open.since), ...daysOf(await site.gateway.books())].sort();
  const areAllThere = await bringDays(site, days[0] ?? '', addDays(dayOf(open.until), 1));
  const isOpen = (await openRestorations(site)).length > 0;
  counts.happened(isOpen ? 'doubts ended by a person' : 'doubts ended by the files');
  if (!isOpen) return;
  // A day on which nothing happened has no file: then it takes a person.
  const booked = await site.gateway.books();
  const all = await site.rows<{ what: string; is_taken: boolean | null }>(WAITING, [
    refundedInFull(booked),
    booked.map(({ trade_no: no }) => no),
  ]);
  const waiting = all.filter(({ is_taken: isTaken }) => isTaken !== true);
  if (waiting.length > 0 || (areAllThere && all.length === 0)) {
    restoration.trouble.push(
      `all files came, and payments are in doubt: ${JSON.stringify(waiting)}`,
    );
  }
  const ended = await asOperator(site, endRestoration);
  if ('refusal' in ended) restoration.trouble.push(`the doubts cannot be ended: ${ended.message}`);
}

/**
 * A message that came to the address of a code which the backup lacks is applied once Alipay has been asked,
 * and the payment is of no store: that code has another address now.
 */
async function bringHome(site: Site, shop: Shop, counts: Counts, trade: Trade): Promise<void> {
  const ours = await site.merchant.transactionBy({ alipayTransId: trade.no });
  trade.transactionId ??= ours?.id ?? null;
  if (ours?.store != null) return;
  if (ours !== null) counts.happened('a payment of no store');
  await recover(site, shop, trade);
}

/** A backup may hold several refunds of a payment that are open. */
async function resolveAll(site: Site, shop: Shop, counts: Counts, trade: Trade): Promise<void> {
  let wasOpen = true;
  while (wasOpen) wasOpen = await resolveOne(site, shop, counts, trade, 'nothing');
}

/** The codes that were created since, and the states that Alipay's portal shows. */
async function mendCodes(site: Site, shop: Shop, restoration: Restoration): Promise<void> {
  for (const { kind, input } of shop.history.filter((entry) => isForgotten(restoration, entry))) {
    const fee = input['channelFee'] !== undefined;
    if (kind === 'create') await create(site, shop, { kind, fee, mishaps: [] });
  }
  const ours = await readCodes(site, shop);
  const theirs = new Map((await site.gateway.codes()).map((code) => [code.qrcode, code.status]));
  for (const code of shop.codes) {
    const kind = CHANGE_TO[theirs.get(code.code ?? '') ?? ''];
    const status = ours.find(({ id }) => id === code.id)?.status;
    if (kind === undefined || status === undefined || status === theirs.get(code.code ?? ''))
      continue;
    await ask(site, shop, { kind, code, input: { qrCodeId: code.id } }, CODE_MUTATIONS[kind]);
  }
}

const CHANGE_TO: Readonly<Record<string, 'stop' | 'restart' | 'delete'>> = {
  ...{ STOPPED: 'stop', ACTIVE: 'restart', DELETED: 'delete' },
};

async function asOperator<Result>(
  site: Site,
  work: (books: Books, said: EndRestoration) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase({ url: site.databaseUrl, connectionsMax: 1 });
  try {
    return await work(
      { database, now: () => site.now(), newId: uuidv7 },
      { caller: ownerCaller('operator'), note: 'compared with what Alipay says' },
    );
  } finally {
    await database.close();
  }
}

/**
 * What keeps payments in doubt, but for a file that has not come; see `takenForCancelled` for some of it. What
 * an earlier round has left open so is of other days.
 */
const WAITING = /* sql */ `
  select concat_ws(' ', s.file_name, s.status, d.line_number, d.kind, d.status, d.field, d.expected, '->', d.actual) as what,
      (select cancel_status = 'DONE' and alipay_trans_id = any($1) or alipay_trans_id <> all($2)
       from transactions t where t.id = d.transaction_id) as is_taken
    from statements s left join discrepancies d on d.statement_id = s.id and d.status in ('OPEN', 'NOT_YET_DUE')
    where s.kind = 'TRANSACTION' and s.superseded_by is null and s.status <> 'RECONCILED'
  union all select concat_ws(' ', 'refund', status, partner_refund_id), false from refunds where next_check_at is not null
  union all select concat_ws(' ', 'cancel of', status, alipay_trans_id), false from transactions
    where cancel_next_check_at is not null`;

/** What is in no doubt any more can be refunded under a key that nobody has used before. */
async function refundAnew(site: Site, shop: Shop, counts: Counts, key: string): Promise<void> {
  await runCommands(site, shop, counts, [
    {
      kind: 'refund',
      trade: 0,
      share: 'cent',
      key,
      reason: false,
      again: false,
      mishaps: [],
    },
  ]);
}
