/** Every way in which Alipay's answer leaves us not knowing whether the deed was done. */
export const LOST_ANSWERS = [
  'timeout',
  'timeout-after-effect',
  'reset',
  'reset-after-effect',
  'system-error',
  'system-error-after-effect',
  'http-500',
  'html',
  'bad-signature',
  'unsigned',
  'unknown-result',
  'other-answer',
] as const;

export const QRCODE_CREATE = 'alipay.commerce.qrcode.create';
export const QRCODE_MODIFY = 'alipay.commerce.qrcode.modify';
export const QRCODE_MODIFY_STATUS = 'alipay.commerce.qrcode.modifyStatus';
export const SPOT_REFUND = 'alipay.acquire.overseas.spot.refund';
export const REFUND_QUERY = 'alipay.acquire.refund.query';
export const OVERSEAS_QUERY = 'alipay.acquire.overseas.query';
export const ACQUIRE_CANCEL = 'alipay.acquire.cancel';

/** The same look at every row of a table, named by its row. */
export function byKind<Row, Seen>(
  rows: Readonly<Record<string, Row>>,
  see: (row: Row) => Seen,
): Record<string, Seen> {
  return Object.fromEntries(Object.entries(rows).map(([kind, row]) => [kind, see(row)]));
}

/** What every row is expected to show. */
export function everyKind<Seen>(
  seen: Seen,
  kinds: readonly string[] = LOST_ANSWERS,
): Record<string, Seen> {
  return Object.fromEntries(kinds.map((kind) => [kind, seen]));
}

/** Does something once for each kind, in turn, so that each fault meets its own row. */
export async function forEachKind<Row>(
  deed: (kind: string, index: number) => Promise<Row>,
  kinds: readonly string[] = LOST_ANSWERS,
): Promise<Record<string, Row>> {
  const rows: Record<string, Row> = {};
  for (const [index, kind] of kinds.entries()) rows[kind] = await deed(kind, index);
  return rows;
}
