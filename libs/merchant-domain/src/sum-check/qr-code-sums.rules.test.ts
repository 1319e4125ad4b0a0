import { AT, type Found, foundIn, minutesAgo, NOW } from '../../test/support/payment-file';
import { type QrCodeAgreement, qrCodeFindings, type QrCodeOnBooks } from './qr-code-sums.rules';

// The names on the wire, which the records hold.
const CREATE_CODE = 'alipay.commerce.qrcode.create';
const MODIFY_CODE = 'alipay.commerce.qrcode.modify';
const MODIFY_CODE_STATUS = 'alipay.commerce.qrcode.modifyStatus';

const codeOf = (some: Partial<QrCodeOnBooks> = {}): QrCodeOnBooks => ({
  id: 'code',
  code: 'https://qr.alipay.com/1',
  status: 'ACTIVE',
  pendingChange: null,
  nextCheckAt: null,
  transactionCurrency: 'HKD',
  settlementCurrency: 'CNY',
  channelFeeType: 'RATE',
  channelFeeValue: '0.01',
  ...some,
});
const CONTENT = {
  trans_currency: 'HKD',
  currency: 'CNY',
  channel_fee: { type: 'RATE', value: '0.01' },
};
const agreementOf = (
  service: string,
  content: unknown,
  some: Partial<QrCodeAgreement> = {},
): QrCodeAgreement => ({
  id: 'call',
  service,
  startedAt: minutesAgo(60),
  change: null,
  bizData: content === null ? null : JSON.stringify(content),
  ...some,
});
const CREATED = agreementOf(CREATE_CODE, CONTENT);
const changed = (change: string | null, minutes = 30): QrCodeAgreement =>
  agreementOf(MODIFY_CODE_STATUS, null, { change, startedAt: minutesAgo(minutes) });
const saidFirst = (what: string, service = CREATE_CODE): string =>
  `${what} (${service} SUCCEEDED at 2026-01-02T11:00:00.000Z)`;
const saidLater = (what: string): string =>
  `${what} (${MODIFY_CODE_STATUS} SUCCEEDED at 2026-01-02T11:30:00.000Z)`;

const STOPPED = { status: 'STOPPED' } as const;
const WITHOUT_FEE = { channelFeeType: null, channelFeeValue: null } as const;
const NO_FEE_CONTENT = { trans_currency: 'HKD', currency: 'CNY' };

function found(code: Partial<QrCodeOnBooks>, agreed: readonly QrCodeAgreement[]): Found[] {
  return foundIn(qrCodeFindings({ qrCode: codeOf(code), agreed }, AT));
}

describe('nothing is found of a code', () => {
  test.each<[string, Partial<QrCodeOnBooks>, QrCodeAgreement[]]>([
    ['that Alipay issued', {}, [CREATED]],
    ['that was taken over', {}, [agreementOf(MODIFY_CODE, CONTENT)]],
    ['that was stopped', STOPPED, [CREATED, changed('STOP')]],
    ['that was stopped and started', {}, [CREATED, changed('STOP', 40), changed('RESTART')]],
    ['that was started and stopped', STOPPED, [changed('RESTART', 40), changed('STOP'), CREATED]],
    ['that was deleted', { status: 'DELETED' }, [CREATED, changed('DELETE')]],
    ['whose change nobody knows', STOPPED, [CREATED, changed('WHATEVER')]],
    ['whose change is not named', STOPPED, [CREATED, changed(null)]],
    ['without a fee', WITHOUT_FEE, [agreementOf(CREATE_CODE, NO_FEE_CONTENT)]],
    [
      'with half a fee, which is none',
      { ...WITHOUT_FEE, channelFeeType: 'RATE' },
      [agreementOf(CREATE_CODE, { ...NO_FEE_CONTENT, channel_fee: { value: '0.01' } })],
    ],
    [
      'with the other half of a fee, which is none',
      { ...WITHOUT_FEE, channelFeeValue: '0.01' },
      [agreementOf(CREATE_CODE, { ...NO_FEE_CONTENT, channel_fee: { type: 'RATE' } })],
    ],
    [
      'whose fee is no record',
      WITHOUT_FEE,
      [agreementOf(CREATE_CODE, { ...NO_FEE_CONTENT, channel_fee: null })],
    ],
    [
      'that was modified since',
      {},
      [
        agreementOf(CREATE_CODE, { ...CONTENT, currency: 'USD' }),
        agreementOf(MODIFY_CODE, CONTENT),
      ],
    ],
    ['whose content is not on record', {}, [agreementOf(CREATE_CODE, null)]],
    ['that is being made', { status: 'PENDING', pendingChange: 'CREATE', nextCheckAt: NOW }, []],
    ['that waits to be made', { status: 'PENDING' }, []],
    ['that Alipay refused', { status: 'REJECTED' }, []],
    ['whose change is under way, whatever it was', { pendingChange: 'STOP', nextCheckAt: NOW }, []],
  ])('%s', (_name, code, agreed) => {
    expect(found(code, agreed)).toEqual([]);
  });
});

const status = (books: string, evidence: string): Found => [
  ...(['QR_CODE_STATUS', 'code', 'status', books, evidence] as const),
];
const differs = (field: string, books: string | null, evidence: string): Found => [
  ...(['QR_CODE_DIFFERS', 'code', field, books, evidence] as const),
];
const unproven: Found = ['QR_CODE_UNPROVEN', 'code', 'code', 'https://qr.alipay.com/1', null];

describe('a code is not what Alipay last agreed to', () => {
  test.each<[string, Partial<QrCodeOnBooks>, QrCodeAgreement[], Found[]]>([
    [
      'nobody asks about its change',
      { pendingChange: 'STOP', nextCheckAt: minutesAgo(6) },
      [],
      [['QR_CODE_OVERDUE', 'code', 'nextCheckAt', '2026-01-02T11:54:00.000Z', 'STOP is pending']],
    ],
    ['no answer issued it', {}, [], [unproven]],
    ['it was started, and no answer issued it', {}, [changed('RESTART')], [unproven]],
    ['stopped by nobody', STOPPED, [CREATED], [status('STOPPED', 'nothing but its creation')]],
    ['stopped at Alipay', {}, [CREATED, changed('STOP')], [status('ACTIVE', saidLater('STOP'))]],
    [
      'started at Alipay',
      STOPPED,
      [CREATED, changed('STOP', 40), changed('RESTART')],
      [status('STOPPED', saidLater('RESTART'))],
    ],
    [
      'deleted at Alipay',
      STOPPED,
      [CREATED, changed('DELETE')],
      [status('STOPPED', saidLater('DELETE'))],
    ],
    [
      'another currency of payment',
      { transactionCurrency: 'USD' },
      [CREATED, changed('RESTART')],
      [differs('transactionCurrency', 'USD', saidFirst('HKD'))],
    ],
    [
      'another currency of settlement',
      { settlementCurrency: 'USD' },
      [agreementOf(MODIFY_CODE, CONTENT)],
      [differs('settlementCurrency', 'USD', saidFirst('CNY', MODIFY_CODE))],
    ],
    [
      'another kind of fee',
      { channelFeeType: 'FIXED' },
      [CREATED],
      [differs('channelFee', 'FIXED 0.01', saidFirst('RATE 0.01'))],
    ],
    [
      'another fee',
      { channelFeeValue: '0.02' },
      [CREATED],
      [differs('channelFee', 'RATE 0.02', saidFirst('RATE 0.01'))],
    ],
    ['no fee', WITHOUT_FEE, [CREATED], [differs('channelFee', null, saidFirst('RATE 0.01'))]],
    [
      'a fee of which Alipay heard nothing',
      {},
      [agreementOf(CREATE_CODE, NO_FEE_CONTENT)],
      [differs('channelFee', 'RATE 0.01', saidFirst('none'))],
    ],
    [
      'a currency that is no text',
      {},
      [agreementOf(CREATE_CODE, { ...CONTENT, currency: 156 })],
      [differs('settlementCurrency', 'CNY', saidFirst('none'))],
    ],
    [
      'content that is no record',
      {},
      [agreementOf(CREATE_CODE, 'text')],
      [
        differs('transactionCurrency', 'HKD', saidFirst('none')),
        differs('settlementCurrency', 'CNY', saidFirst('none')),
        differs('channelFee', 'RATE 0.01', saidFirst('none')),
      ],
    ],
  ])('%s', (_name, code, agreed, expected) => {
    expect(found(code, agreed)).toEqual(expected);
  });
});
