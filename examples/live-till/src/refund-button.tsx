import { useLazyQuery, useMutation } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';

import { type Attempt, attemptOf, isOver } from './attempt';
import {
  GiveBackDocument,
  type RefundProgressFragment,
  RefundStateDocument,
  type TillPaymentFragment,
} from './gql/graphql';

interface RefundButtonProps {
  readonly payment: TillPaymentFragment;
  readonly onChange: (payment: TillPaymentFragment) => void;
}

const ASK_AGAIN_MS = 2_000;

/** Gives money back once, however often it is pressed. */
export function RefundButton({ payment, onChange }: RefundButtonProps) {
  const attempt = attemptOf(payment.id);
  const [open, setOpen] = useState(attempt.open());
  const [amount, setAmount] = useState(payment.refundableAmount.amount);
  const [refund, setRefund] = useState<RefundProgressFragment | null>(null);
  const [told, setTold] = useState('');
  const [giveBack, { loading }] = useMutation(GiveBackDocument);
  const [askState] = useLazyQuery(RefundStateDocument, { fetchPolicy: 'network-only' });
  const pendingId = refund?.status === 'PENDING' ? refund.id : null;
  const isDone = payment.refundableAmount.amount === '0.00';

  const hear = useCallback(
    (heard: RefundProgressFragment | null, over: Attempt | null): void => {
      setRefund(heard);
      if (over !== null) {
        attemptOf(payment.id).end(over);
        setOpen(attemptOf(payment.id).open());
      }
      // Another one begins with its amount: a second press of the same hand is none.
      if (heard?.status === 'SUCCEEDED') setAmount('');
    },
    [payment.id],
  );

  const press = async (): Promise<void> => {
    // What is open is sent again as it was, also when another tab has had its answer by now.
    const sent = open ?? attempt.begin(amount);
    setOpen(sent);
    setAmount(sent.amount);
    const money = { amount: sent.amount, currency: payment.amount.currency };
    const { idempotencyKey } = sent;
    try {
      const { data } = await giveBack({
        variables: { input: { transactionId: payment.id, amount: money, idempotencyKey } },
      });
      const payload = data?.refundTransaction;
      if (!payload) throw new Error('There was no answer.');
      hear(payload.refund, isOver(payload) ? sent : null);
      setTold(payload.userErrors[0]?.message ?? '');
      if (payload.transaction) onChange(payload.transaction);
    } catch (error) {
      // It may have been done: the same key again cannot give back twice.
      setTold(error instanceof Error ? error.message : '');
    }
  };

  useEffect(() => {
    // What another tab sends is open here, too.
    const look = (): void => {
      setOpen((mine) => mine ?? attemptOf(payment.id).open());
    };
    window.addEventListener('storage', look);
    return () => {
      window.removeEventListener('storage', look);
    };
  }, [payment.id]);

  useEffect(() => {
    if (pendingId === null) return;
    const timer = setInterval(() => {
      void askState({ variables: { id: pendingId } }).then(({ data }) => {
        if (data?.node?.__typename !== 'Refund') return;
        hear(data.node, data.node.status === 'PENDING' ? null : open);
        onChange(data.node.transaction);
      });
    }, ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [pendingId, askState, hear, open, onChange]);

  const isUnsure = open !== null && pendingId === null;
  const said = isUnsure ? `${told} ${PRESS_AGAIN}` : told || tell(refund);
  const isNothing = open === null && (isDone || amount === '');
  return (
    <span>
      <input
        aria-label="Amount to give back"
        value={open?.amount ?? amount}
        size={8}
        // What may have been done is not changed into something else.
        disabled={isDone || pendingId !== null || open !== null}
        onChange={(event) => {
          setAmount(event.target.value);
        }}
      />
      <button disabled={loading || isNothing || pendingId !== null} onClick={() => void press()}>
        Give back
      </button>{' '}
      <output>{loading ? 'Alipay is being asked…' : said}</output>
    </span>
  );
}

const PRESS_AGAIN = 'It may have been done or not. Press again: it will be the same refund.';

function tell(refund: RefundProgressFragment | null): string {
  if (refund === null) return '';
  const { amount, currency } = refund.amount;
  return {
    PENDING: `${currency} ${amount}: Alipay has not answered yet, and is being asked.`,
    SUCCEEDED: `${currency} ${amount} given back.`,
    FAILED: `Not given back (${refund.failureCode ?? 'refused'}).`,
  }[refund.status];
}
