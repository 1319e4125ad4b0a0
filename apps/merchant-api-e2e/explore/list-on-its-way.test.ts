import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  InMemoryCache,
  Observable,
} from '@apollo/client';

import { loadTill } from '../support/live-till';
import { waitFor } from '../support/wait-for';

type Told = ApolloLink.Result;

interface Hear {
  next(told: Told): void;
  error(why: unknown): void;
  complete(): void;
}

/** What a till asks, as the API answers it over a line on which lists are late. */
interface SlowLine {
  readonly client: ApolloClient;
  readonly streams: number;
  /** Asked for, and not answered yet. */
  readonly lists: number;
  pay(id: string): void;
  /** Each as it stood when it was asked for. */
  answerLists(): void;
  cutStreams(): void;
  expireCursors(): void;
}

function openSlowLine(): SlowLine {
  const paid: string[] = [];
  const streams = new Map<Hear, () => void>();
  let lists: (() => void)[] = [];
  let isExpired = false;

  const follow = (hear: Hear, after: unknown): (() => void) => {
    if (typeof after === 'string' && isExpired) {
      hear.error(EXPIRED);
      return () => undefined;
    }
    let heard = typeof after === 'string' ? Number(after) : paid.length;
    const tellNew = (): void => {
      for (const id of paid.slice(heard)) hear.next({ data: received(id, (heard += 1)) });
    };
    streams.set(hear, tellNew);
    tellNew();
    return () => streams.delete(hear);
  };
  const list = (hear: Hear): void => {
    const nodes = paid.map(paymentOf);
    lists.push(() => {
      hear.next({ data: pageOf(nodes) });
      hear.complete();
    });
  };
  const link = new ApolloLink(
    ({ operationName, variables }) =>
      new Observable<Told>((hear) => {
        if (operationName === 'TillPayments') return follow(hear, variables['after']);
        list(hear);
        return undefined;
      }),
  );
  return {
    client: new ApolloClient({ cache: new InMemoryCache(), link }),
    get streams() {
      return streams.size;
    },
    get lists() {
      return lists.length;
    },
    pay: (id) => {
      paid.push(id);
      for (const tellNew of streams.values()) tellNew();
    },
    answerLists: () => {
      const asked = lists;
      lists = [];
      for (const answer of asked) answer();
    },
    cutStreams: () => {
      for (const hear of streams.keys()) hear.error(new Error('The line broke.'));
    },
    expireCursors: () => {
      isExpired = true;
    },
  };
}

const EXPIRED = new CombinedGraphQLErrors({
  data: null,
  errors: [{ message: 'No longer kept.', extensions: { code: 'CURSOR_EXPIRED' } }],
});

function paymentOf(id: string): Record<string, unknown> {
  const amount = { __typename: 'Money', amount: '1.00', currency: 'HKD' };
  return {
    ...{ __typename: 'Transaction', id, alipayTransId: id, status: 'PAID', amount },
    ...{ refundableAmount: amount, saleReference: null, buyerLogin: null, paidAt: null },
  };
}

function received(id: string, position: number): Record<string, unknown> {
  const event = { __typename: 'TransactionEvent', id: `event ${id}`, cursor: String(position) };
  return { paymentReceived: { ...event, transaction: paymentOf(id) } };
}

function pageOf(nodes: readonly Record<string, unknown>[]): Record<string, unknown> {
  const pageInfo = { __typename: 'PageInfo', hasNextPage: false, endCursor: null };
  return { transactions: { __typename: 'TransactionConnection', nodes, pageInfo } };
}

async function openTill(line: SlowLine): Promise<{ shown: Set<string>; leave: () => void }> {
  const { followPayments } = await loadTill();
  const shown = new Set<string>();
  const leave = followPayments(
    line.client,
    { storeId: 'store', paidFrom: '2026-01-01T00:00:00Z' },
    { onPayment: ({ id }) => shown.add(id), onTrouble: () => undefined },
  );
  return { shown, leave };
}

test('a till that is opened again while its list is on the way shows what was paid in between', async () => {
  const line = openSlowLine();
  const before = await openTill(line);
  await waitFor('its list', () => line.lists > 0);
  before.leave();
  await waitFor('the end of its stream', () => line.streams === 0);
  line.pay('in between');

  const { shown, leave } = await openTill(line);
  await waitFor('its stream', () => line.streams > 0);
  line.pay('next');
  line.answerLists();

  await waitFor('the next payment', () => shown.has('next'));
  await waitFor('what was paid in between', () => shown.has('in between')).finally(leave);
});

test('a till whose cursor has expired while its list is on the way shows what was paid before it came back', async () => {
  const line = openSlowLine();
  const { shown, leave } = await openTill(line);
  await waitFor('its list', () => line.lists > 0);
  line.answerLists();
  line.pay('first');
  await waitFor('the first payment', () => shown.has('first'));

  line.expireCursors();
  line.cutStreams();
  await waitFor('its list', () => line.lists > 0);
  line.pay('in between');
  await waitFor('its stream', () => line.streams > 0);
  line.pay('next');
  line.answerLists();

  await waitFor('the next payment', () => shown.has('next'));
  await waitFor('what was paid in between', () => shown.has('in between')).finally(leave);
});
