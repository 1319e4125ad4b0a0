/**
 * Whether an error speaks of what was being written (a broken constraint, a text PostgreSQL cannot
 * hold, a fault of ours), not of the server or of two blocks that met. Only the former is worth
 * taking apart; the latter passes.
 */
export function isRowAtFault(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'TradeAppeared') return false;
  const code = sqlStateOf(error);
  if (code !== undefined) return /^(22|23|54|P0)/.test(code);
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error.name === 'AlipayProtocolError'
  );
}

/** PostgreSQL's five-character code, wherever the driver put it. */
export function sqlStateOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
