/**
 * A call's evidence in columns; equal ones become one row. Only of an answer that
 * was believed (SUCCEEDED) is anything read: another may speak of another trade.
 */
const ANSWERED = /* sql */ `case when c.outcome = 'SUCCEEDED' then c.response end`;

const GROUPED = {
  service: 'c.service',
  outcome: 'c.outcome',
  alipayCode: 'c.alipay_code',
  partnerId: `c.request->>'partner'`,
  refundId: `coalesce(c.request->>'partner_refund_id', c.request->>'out_return_no')`,
  askedAmount: `c.request->>'refund_amount'`,
  askedCurrency: `c.request->>'currency'`,
  action: `lower((${ANSWERED})->>'action')`,
  refundResult: `coalesce((${ANSWERED})->>'refund_result_code', (${ANSWERED})->>'response_code')`,
  tradeStatus: `(${ANSWERED})->>'alipay_trans_status'`,
  payTime: `(${ANSWERED})->>'alipay_pay_time'`,
  tradeNo: `(${ANSWERED})->>'alipay_trans_id'`,
  orderNo: `coalesce((${ANSWERED})->>'partner_trans_id', (${ANSWERED})->>'out_trade_no')`,
  amount: `(${ANSWERED})->>'trans_amount'`,
  currency: `(${ANSWERED})->>'currency'`,
} as const;

/** Over `gateway_calls c`. */
export const CALL_COLUMNS = [
  `min(c.id::text) as id, min(c.started_at) as "firstAt", max(c.started_at) as "lastAt"`,
  ...Object.entries(GROUPED).map(([name, sql]) => `nullif(${sql}, '') as "${name}"`),
].join(', ');

export const CALL_GROUPS = Object.values(GROUPED)
  .map((sql) => `nullif(${sql}, '')`)
  .join(', ');
