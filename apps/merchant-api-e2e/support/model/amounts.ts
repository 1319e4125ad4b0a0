/** Amounts as they are answered have all decimals of their currency; sums of them may be of any size. */
export function minorOf(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

export function sumOf(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, amount) => sum + minorOf(amount), 0n);
}

/** More is no amount at all. */
export function mostMinorOf(currency: string): bigint {
  return currency === 'JPY' ? 9_999_999n : 999_999_999n;
}
