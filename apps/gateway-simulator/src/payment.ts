import { AlipayProtocolError, parseAmount, type Money } from '@countersign/alipay-protocol';
import { WALLETS, type Code, type Wallet } from './books/records';

/** The rules of a payment are the same for the wallet page and for the control API. */
export type AskedPayment =
  | { readonly amount: Money; readonly wallet: Wallet }
  | { readonly error: string; readonly field: 'amount' | 'wallet' };

export function readPayment(code: Code, asked: { amount: unknown; wallet: unknown }): AskedPayment {
  const wallet = WALLETS.find((known) => known === (asked.wallet ?? 'ALIPAYHK'));
  if (!wallet) return { error: `wallet must be one of ${WALLETS.join(', ')}`, field: 'wallet' };
  const amount = typeof asked.amount === 'string' ? readAmount(asked.amount, code.currency) : null;
  if (!amount) {
    return {
      error:
        'amount must be a text such as "12.50", from 0.01 to 9999999.99, with at most two decimals',
      field: 'amount',
    };
  }
  return { amount, wallet };
}

function readAmount(text: string, currency: string): Money | null {
  try {
    const amount = parseAmount(text, currency);
    return amount.minor > 0n ? amount : null;
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}

/** What a payer is told who scans a code that cannot be paid, or null when it can. */
export function codeRefusal(code: Code | undefined): string | null {
  if (!code) return 'there is no such code';
  if (code.status === 'STOPPED') return 'the code is stopped';
  return code.status === 'DELETED' ? 'the code was deleted' : null;
}
