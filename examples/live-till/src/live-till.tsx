import { useApolloClient, useMutation } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';

import { followPayments } from './follow-payments';
import { ClaimPaymentDocument, type TillPaymentFragment } from './gql/graphql';
import { RefundButton } from './refund-button';

/** Payments as they are made; the cashier says which of them pays the sale of now. */
export function LiveTill({ storeId, paidFrom }: { storeId: string; paidFrom: string }) {
  const { payments, trouble, put } = usePayments(storeId, paidFrom);
  const [saleReference, setSaleReference] = useState('');
  const [told, setTold] = useState('');
  const [claim, { loading }] = useMutation(ClaimPaymentDocument);

  const claimIt = async (payment: TillPaymentFragment): Promise<void> => {
    try {
      const { data } = await claim({
        variables: { input: { transactionId: payment.id, saleReference } },
      });
      const payload = data?.claimTransaction;
      if (payload?.transaction) put(payload.transaction);
      const refusal = payload?.userErrors[0]?.message ?? givenBack(payload?.transaction);
      setTold(
        refusal ?? `${saleReference} is paid: ${whatItPays(payload?.transaction ?? payment)}.`,
      );
      if (refusal === undefined) setSaleReference('');
    } catch {
      // The same sale may be claimed again and again: it stays one claim.
      setTold('No answer. Press again: it will be the same claim.');
    }
  };

  const waiting = payments.filter((payment) => payment.saleReference === null);
  const claimed = payments.filter((payment) => payment.saleReference !== null);
  return (
    <section>
      {trouble !== null && <p role="alert">Not live: {trouble} Trying again…</p>}
      <label>
        Sale{' '}
        <input
          value={saleReference}
          onChange={(event) => {
            setSaleReference(event.target.value);
          }}
        />
      </label>
      <p role="status">{told}</p>
      <h2>Paid, and not yet claimed</h2>
      <ul aria-label="Waiting">
        {waiting.map((payment) => (
          <li key={payment.id}>
            {whatItPays(payment)} from {payment.buyerLogin ?? 'a customer'}{' '}
            <button
              disabled={loading || saleReference === ''}
              onClick={() => void claimIt(payment)}
            >
              This pays the sale
            </button>
          </li>
        ))}
      </ul>
      <h2>Sales</h2>
      <ul aria-label="Claimed">
        {claimed.map((payment) => (
          <li key={payment.id}>
            {payment.saleReference}: {payment.amount.currency} {payment.amount.amount},{' '}
            {payment.status.toLowerCase().replaceAll('_', ' ')}{' '}
            <RefundButton payment={payment} onChange={put} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The same claim again is answered as it was before, whatever has become of the payment since. */
function givenBack(payment: TillPaymentFragment | null | undefined): string | undefined {
  // Nothing of it can be refunded: because it was, or is about to be, or because it is too late to.
  if (!payment || payment.status === 'FINISHED' || Number(payment.refundableAmount.amount) > 0) {
    return undefined;
  }
  return `This payment was given back since: it does not pay for ${payment.saleReference ?? 'a sale'}.`;
}

/** A part of it may have been given back before it was claimed. */
function whatItPays({ status, amount, refundableAmount: left }: TillPaymentFragment): string {
  const all = `${amount.currency} ${amount.amount}`;
  const isWhole = status === 'FINISHED' || Number(left.amount) === Number(amount.amount);
  return isWhole ? all : `${left.currency} ${left.amount} that are left of ${all}`;
}

function usePayments(storeId: string, paidFrom: string) {
  const client = useApolloClient();
  const [byId, setById] = useState<ReadonlyMap<string, TillPaymentFragment>>(new Map());
  const [trouble, setTrouble] = useState<string | null>(null);
  const put = useCallback((payment: TillPaymentFragment): void => {
    setById((before) => new Map(before).set(payment.id, payment));
  }, []);

  useEffect(
    () => followPayments(client, { storeId, paidFrom }, { onPayment: put, onTrouble: setTrouble }),
    [client, storeId, paidFrom, put],
  );

  const payments = [...byId.values()].sort((one, other) =>
    (other.paidAt ?? '').localeCompare(one.paidAt ?? ''),
  );
  return { payments, trouble, put };
}
