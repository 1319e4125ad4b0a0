import { useLazyQuery, useMutation } from '@apollo/client/react';
import { useEffect, useState } from 'react';

import { attemptOf } from './attempt';
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
  const [amount, setAmount] = useState(attempt.open()?.amount ?? payment.refundableAmount.amount);
  const [refund, setRefund] = useState<RefundProgressFragment | null>(null);
  const [told, setTold] = useState(attempt.open() === null ? '' : PRESS_AGAIN);
  const [giveBack, { loading }] = useMutation(GiveBackDocument);
  const [askState] = useLazyQuery(RefundStateDocument, { fetchPolicy: 'network-only' });
  const pendingId = refund?.status === 'PENDING' ? refund.id : null;
  const isDone = payment.refundableAmount.amount === '0.00';

  const press = async (): Promise<void> => {
    const idempotencyKey = attempt.begin(amount);
    const money = { amount, currency: payment.amount.currency };
    try {
      const { data } = await giveBack({
        variables: { input: { transactionId: payment.id, amount: money, idempotencyKey } },
      });
      const payload = data?.refundTransaction;
      if (!payload) throw new Error('There was no answer.');
      attempt.end(); // refused or on record: from here on the API keeps asking by itself
      setRefund(payload.refund);
      setTold(payload.userErrors[0]?.message ?? '');
      if (payload.transaction) onChange(payload.transaction);
    } catch (error) {
      // It may have been done: the same key again cannot give back twice.
      setTold(`${error instanceof Error ? error.message : ''} ${PRESS_AGAIN}`);
    }
  };

  useEffect(() => {
    if (pendingId === null) return;
    const timer = setInterval(() => {
      void askState({ variables: { id: pendingId } }).then(({ data }) => {
        if (data?.node?.__typename !== 'Refund') return;
        setRefund(data.node);
        onChange(data.node.transaction);
      });
    }, ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [pendingId, askState, onChange]);

  return (
    <span>
      <input
        aria-label="Amount to give back"
        value={amount}
        size={8}
        // What may have been done is not changed into something else.
        disabled={isDone || pendingId !== null || attempt.open() !== null}
        onChange={(event) => {
          setAmount(event.target.value);
        }}
      />
      <button disabled={loading || isDone || pendingId !== null} onClick={() => void press()}>
        Give back
      </button>{' '}
      <output>{loading ? 'Alipay is being asked…' : told === '' ? tell(refund) : told}</output>
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
