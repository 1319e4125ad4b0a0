import type { Operation } from '../graphql-client';
import type { EventShape, TransactionShape } from '../shapes';
import type { BookedCode, BookedTrade } from '../simulator-control';
import { forgottenMail, type Restoration } from './restoration';
import type { Shop } from './shop';
import type { Site } from './site';

/** What both sides have written down about one shop in the end. */
export interface Books {
  readonly trades: ReadonlyMap<string, BookedTrade>;
  readonly codesAtAlipay: ReadonlyMap<string, BookedCode>;
  readonly transactions: readonly OurTransaction[];
  readonly totals: readonly Totals[];
  readonly codes: readonly OurCode[];
  readonly rows: ReadonlyMap<string, TransactionRow>;
  readonly mail: readonly MailRow[];
  readonly restoration: Restoration | null;
  /** Acknowledged, and forgotten with what a restored backup lacks; they may have come again. */
  readonly forgottenMail: ReadonlySet<string>;
  /** A call of this store met a jump of the clocks on its way, and was refused for its age. */
  readonly wasRefusedForAge: boolean;
}

export interface OurTransaction extends TransactionShape {
  readonly timeline: { readonly nodes: readonly (EventShape & { readonly detail: unknown })[] };
}

export interface OurCode {
  readonly id: string;
  readonly code: string | null;
  readonly status: string;
  readonly changePending: boolean;
}

export interface Totals {
  readonly currency: string;
  readonly count: number;
  readonly gross: string;
  readonly refunded: string;
  readonly net: string;
}

export interface TransactionRow {
  readonly alipay_trans_id: string;
  readonly store_id: string | null;
  readonly seen: readonly string[];
  readonly unknown_queries: number;
}

export interface MailRow {
  readonly notify_id: string;
  readonly status: string;
  readonly reason: string | null;
}

/** Lists that are judged have to be there to their end. */
interface Whole {
  readonly hasNextPage: boolean;
}

const STORE_BOOKS: Operation<{
  store: {
    qrCodes: { nodes: OurCode[] };
    transactions: {
      nodes: (OurTransaction & { timeline: { pageInfo: Whole } })[];
      totals: Totals[];
      pageInfo: Whole;
    };
  };
}> = {
  text: `query ($id: ID!) { store(id: $id) {
    qrCodes(first: 100) { nodes { id code status changePending } }
    transactions(first: 50) {
      pageInfo { hasNextPage }
      totals { currency count gross refunded net }
      nodes {
        id alipayTransId partnerTransId status alipayStatus
        amount { amount currency } refundedAmount { amount currency }
        refundableAmount { amount currency }
        paymentInstitution paymentInstitutionCode saleReference buyerLogin paidAt
        cancellableUntil cancelPending qrCode { id } store { id name }
        refunds { id partnerRefundId status amount { amount currency } reason failureCode attempts
          nextCheckAt settledAt }
        timeline(first: 60) { pageInfo { hasNextPage } nodes { cursor type status actor detail amount { amount currency }
          refund { id status }
          transaction { id alipayTransId partnerTransId store { id name } } } }
      } } } }`,
};

export async function readBooks(
  site: Site,
  shops: readonly Shop[],
  trades: readonly BookedTrade[],
  restoration: Restoration | null,
): Promise<ReadonlyMap<Shop, Books>> {
  const rows = await site.rows<TransactionRow>(
    `select alipay_trans_id, store_id, alipay_statuses_seen as seen,
       (select count(*)::int from gateway_calls g where g.transaction_id = t.id
          and outcome = 'UNKNOWN' and service = 'alipay.acquire.overseas.query') as unknown_queries
     from transactions t where alipay_trans_id = any($1)`,
    [trades.map(({ trade_no: no }) => no)],
  );
  const notifyIds = [
    ...trades.flatMap(({ notifications }) => notifications.map((mail) => mail.notify_id)),
    ...shops.flatMap(({ forgeries }) => forgeries.map(({ notifyId }) => notifyId)),
  ];
  const mail = await site.rows<MailRow>(
    'select notify_id, status, reason from notifications where notify_id = any($1)',
    [notifyIds],
  );
  const codes = await site.gateway.codes();
  const tooOld = [...(await refusedForAge(site)), ...(restoration?.refusedForAge ?? [])];
  const shared = {
    trades: new Map(trades.map((trade) => [trade.trade_no, trade])),
    codesAtAlipay: new Map(codes.map((code) => [code.qrcode, code])),
    rows: new Map(rows.map((row) => [row.alipay_trans_id, row])),
    mail,
    restoration,
    forgottenMail: forgottenMail(restoration),
  };
  const books = new Map<Shop, Books>();
  await Promise.all(
    shops.map(async (shop) => {
      const { store } = await site.graphql(STORE_BOOKS, { id: shop.storeId });
      assertWhole(store.transactions, ...store.transactions.nodes.map(({ timeline }) => timeline));
      books.set(shop, {
        ...shared,
        wasRefusedForAge: tooOld.includes(uuidOf(shop.storeId)),
        codes: store.qrCodes.nodes,
        transactions: store.transactions.nodes,
        totals: store.transactions.totals,
      });
    }),
  );
  return books;
}

/** Stores of which a call was, also about a payment whose store was learned later. */
export async function refusedForAge(site: Site): Promise<string[]> {
  const rows = await site.rows<{ store_id: string }>(
    `select distinct coalesce(call.store_id, trade.store_id) as store_id
     from gateway_calls call left join transactions trade on trade.id = call.transaction_id
     where call.alipay_code = 'ILLEGAL_ARGUMENT'
       and coalesce(call.store_id, trade.store_id) is not null`,
  );
  return rows.map(({ store_id: id }) => id);
}

function assertWhole(...lists: readonly { readonly pageInfo: Whole }[]): void {
  if (!lists.some(({ pageInfo }) => pageInfo.hasNextPage)) return;
  throw new Error('A shop has more than is read of it here: ask for larger pages.');
}

function uuidOf(nodeId: string): string {
  return Buffer.from(nodeId, 'base64').toString('latin1').replace(/^.*:/, '');
}
