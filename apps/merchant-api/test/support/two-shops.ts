import { createGraphqlClient, type GraphqlClient } from './graphql-client';
import { type Counter, openCounter, pay, type Paid, post, paymentFields } from './shop';
import { type Stack } from './stack';
import { until } from './until';

/** A counter where everything has happened that leaves a record. */
export interface BusyShop extends Counter {
  readonly paid: Paid;
  readonly refundId: string;
  readonly notificationId: string;
  readonly discrepancyId: string;
  readonly apiKeyId: string;
}

export type RoleWord = 'OWNER' | 'MANAGER' | 'CASHIER' | 'AUDITOR';
export const ROLES: readonly RoleWord[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];

let days = 0;

/** Opens a shop, sells something for `amount`, gives 1 back, and lets a statement disagree. */
export async function openBusyShop(stack: Stack, amount: string): Promise<BusyShop> {
  const counter = await openCounter(stack);
  const paid = await pay(stack, counter, { total_fee: amount });
  const { refundTransaction } = (await stack.client.get(
    `mutation ($id: ID!) { refundTransaction(input: { transactionId: $id, idempotencyKey: "k", amount: { amount: "1", currency: "HKD" } }) { refund { id } } }`,
    { id: paid.id },
  )) as { refundTransaction: { refund: { id: string } } };
  const notificationId = await quarantine(stack, counter, paid);
  const discrepancyId = await disagree(stack, paid);
  const { apiKey } = await makeKey(stack, 'CASHIER', [counter.storeId]);
  return {
    ...counter,
    ...{ paid, notificationId, discrepancyId },
    refundId: refundTransaction.refund.id,
    apiKeyId: apiKey.id,
  };
}

/** A message of another seller about the same payment: kept, and not applied. */
async function quarantine({ client }: Stack, counter: Counter, paid: Paid): Promise<string> {
  await post(
    counter.notifyUrl,
    paymentFields({ trade_no: paid.alipayTransId, seller_id: '2088999999999999' }),
  );
  return until('the message in quarantine', async () => {
    const { notifications } = (await client.get(
      `{ notifications(statuses: [QUARANTINED]) { nodes { id qrCode { id } } } }`,
    )) as { notifications: { nodes: { id: string; qrCode: { id: string } }[] } };
    return notifications.nodes.find(({ qrCode }) => qrCode.id === counter.qrCodeId)?.id;
  });
}

async function disagree({ client, database }: Stack, paid: Paid): Promise<string> {
  days += 1;
  await database.run(`
    with s as (insert into statements (id, kind, date, file_name, sha256, status, imported_by, started_at, imported_at)
      values (gen_random_uuid(), 'TRANSACTION', date '2026-01-01' + ${days}, 'statement-of-${paid.alipayTransId}.txt', 'x', 'DISCREPANCIES', 'test', now(), now()) returning id)
    insert into discrepancies (id, statement_id, kind, status, transaction_id, field, expected, actual, created_at)
      select gen_random_uuid(), s.id, 'AMOUNT_MISMATCH', 'OPEN', t.id, 'amount', '1', '2', now()
      from s, transactions t where t.alipay_trans_id = '${paid.alipayTransId}'`);
  const { discrepancies } = (await client.get(`{ discrepancies(first: 1) { nodes { id } } }`)) as {
    discrepancies: { nodes: { id: string }[] };
  };
  return discrepancies.nodes[0]?.id ?? '';
}

export interface MadeKey {
  readonly secret: string;
  readonly apiKey: { readonly id: string };
}

export async function makeKey(
  { client }: Stack,
  role: RoleWord,
  storeIds: readonly string[] | null,
): Promise<MadeKey> {
  const { createApiKey } = await client.get(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } userErrors { message } } }`,
    { input: { name: role, role, storeIds } },
  );
  return createApiKey as MadeKey;
}

/** Somebody of a role, who is bound to one shop. */
export async function clientOfShop(
  stack: Stack,
  role: RoleWord,
  { storeId }: Counter,
): Promise<GraphqlClient> {
  const { secret } = await makeKey(stack, role, [storeId]);
  return createGraphqlClient(stack.api.graphqlUrl, secret);
}
