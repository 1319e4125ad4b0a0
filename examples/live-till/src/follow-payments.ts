import { type ApolloClient, CombinedGraphQLErrors } from '@apollo/client';

import {
  type TillPaymentFragment,
  TillPaymentsDocument,
  UnclaimedPaymentsDocument,
} from './gql/graphql';

export interface Listener {
  readonly onPayment: (payment: TillPaymentFragment) => void;
  /** What is wrong with the line; null when it is well again. */
  readonly onTrouble: (trouble: string | null) => void;
}

const PAUSE_MS = { first: 1_000, most: 15_000 };

/**
 * Tells of the payments that nobody has claimed since then, and of each new one as it is made. After
 * a break it goes on from the last cursor, so that no payment is missed. Returns how to stop.
 */
export function followPayments(
  client: ApolloClient,
  { storeId, paidFrom }: { storeId: string; paidFrom: string },
  { onPayment, onTrouble }: Listener,
): () => void {
  let after: string | undefined;
  let pauseMs = PAUSE_MS.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let listTimer: ReturnType<typeof setTimeout> | undefined;
  let listening = 0;
  let stop = (): void => undefined;

  const listen = (): void => {
    listening += 1;
    const live = client
      .subscribe({ query: TillPaymentsDocument, variables: { storeId, after } })
      .subscribe({
        next: ({ data, error }) => {
          if (error !== undefined) {
            if (codeOf(error) === 'CURSOR_EXPIRED') after = undefined; // begin anew, with the list
            onTrouble(error.message);
            return;
          }
          if (data === undefined) return;
          after = data.paymentReceived.cursor;
          isWell();
          onPayment(data.paymentReceived.transaction);
        },
        complete: comeBack,
      });
    stop = () => {
      live.unsubscribe();
    };
    void readList(listening);
  };

  // Asked by the same socket, after the subscription: what this list lacks, the stream will tell.
  // It is read to its end: a payment on a later page waits for its sale as well.
  // And never shared with one that is on its way (as Apollo Client does): that one is from before this stream.
  const readList = async (asked: number): Promise<void> => {
    try {
      let page: string | null | undefined;
      do {
        const { data } = await client.query({
          query: UnclaimedPaymentsDocument,
          variables: { storeId, paidFrom, page },
          context: { bySocket: true, queryDeduplication: false },
          fetchPolicy: 'network-only',
        });
        isWell();
        data?.transactions?.nodes.forEach(onPayment);
        const { hasNextPage, endCursor } = data?.transactions?.pageInfo ?? {};
        page = hasNextPage && endCursor !== page ? endCursor : null;
      } while (page);
    } catch (error) {
      // With the socket the stream ends, too, and comes back. Refused by itself, the list is missing
      // while the stream goes on: nobody else would ask for it again.
      if (asked !== listening) return;
      onTrouble(error instanceof Error ? error.message : String(error));
      listTimer = setTimeout(() => void readList(asked), nextPauseMs());
    }
  };

  const isWell = (): void => {
    pauseMs = PAUSE_MS.first;
    onTrouble(null);
  };
  const nextPauseMs = (): number => {
    const now = pauseMs;
    pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most);
    return now;
  };
  const comeBack = (): void => {
    endList();
    timer = setTimeout(listen, nextPauseMs());
  };
  const endList = (): void => {
    listening += 1;
    clearTimeout(listTimer);
  };

  listen();
  return () => {
    endList();
    clearTimeout(timer);
    stop();
  };
}

function codeOf(error: Error): unknown {
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.['code'] : undefined;
}
