import { QrCode, type PendingQrCodeChange, type QrCodeStatus } from './qr-code.entity';
import {
  decideModification,
  decideStatusChange,
  NEXT_QR_CODE_STATUS,
  type QrCodeStatusChange,
  statusAfter,
} from './qr-code.rules';

function aCode(status: QrCodeStatus, own: Partial<QrCode> = {}): QrCode {
  return Object.assign(new QrCode(), {
    status,
    pendingChange: null,
    pendingModification: null,
    nextCheckAt: null,
    channelFeeType: null,
    channelFeeValue: null,
    ...own,
  });
}

function pending(status: QrCodeStatus, pendingChange: PendingQrCodeChange): QrCode {
  return aCode(status, { pendingChange, nextCheckAt: new Date('2026-01-02T03:04:05Z') });
}

const REFUSED = { refusal: 'NOT_ALLOWED_IN_STATE' };

test.each<[QrCodeStatus, QrCodeStatusChange, unknown]>([
  ['PENDING', 'STOP', REFUSED],
  ['PENDING', 'RESTART', REFUSED],
  ['PENDING', 'DELETE', REFUSED],
  ['REJECTED', 'STOP', REFUSED],
  ['REJECTED', 'RESTART', REFUSED],
  ['REJECTED', 'DELETE', REFUSED],
  ['DELETED', 'STOP', REFUSED],
  ['DELETED', 'RESTART', REFUSED],
  ['DELETED', 'DELETE', 'NOTHING_TO_DO'],
  ['STOPPED', 'STOP', 'NOTHING_TO_DO'],
  ['ACTIVE', 'RESTART', 'NOTHING_TO_DO'],
  ['ACTIVE', 'STOP', 'ASK'],
  ['ACTIVE', 'DELETE', 'ASK'],
  ['STOPPED', 'RESTART', 'ASK'],
  ['STOPPED', 'DELETE', 'ASK'],
])('%s, %s: %j', (status, change, decision) => {
  const decided = decideStatusChange(aCode(status), change);

  if (typeof decision === 'string') expect(decided).toBe(decision);
  else expect(decided).toMatchObject(decision as object);
});

test.each<[PendingQrCodeChange, QrCodeStatusChange, unknown]>([
  ['RESTART', 'STOP', REFUSED],
  ['MODIFY', 'STOP', REFUSED],
  ['STOP', 'DELETE', REFUSED],
  ['STOP', 'STOP', 'NOTHING_TO_DO'],
  ['DELETE', 'DELETE', 'NOTHING_TO_DO'],
])('while a %s is pending, %s: %j', (pendingChange, change, decision) => {
  const decided = decideStatusChange(pending('STOPPED', pendingChange), change);

  if (typeof decision === 'string') expect(decided).toBe(decision);
  else expect(decided).toMatchObject(decision as object);
});

test('says what is pending and when Alipay is asked again', () => {
  const decided = decideStatusChange(pending('ACTIVE', 'STOP'), 'DELETE');

  expect(decided).toMatchObject({
    message: expect.stringMatching(/stop this code.*2026-01-02T03:04:05\.000Z/) as string,
  });
});

test.each([
  ['a code that is deleted', aCode('DELETED'), { label: 'x' }, REFUSED],
  ['a code that was refused', aCode('REJECTED'), { label: 'x' }, REFUSED],
  ['a code not issued yet', pending('PENDING', 'CREATE'), { label: 'x' }, REFUSED],
  ['another change pending', pending('ACTIVE', 'STOP'), { storeName: 'x' }, REFUSED],
  [
    'a fee where there is none',
    aCode('ACTIVE'),
    { channelFeeType: 'RATE' as const, channelFeeValue: '0.01' },
    { refusal: 'INVALID_INPUT', field: ['channelFee'] },
  ],
])('refuses to modify: %s', (_what, qrCode, asked, refusal) => {
  expect(decideModification(qrCode, asked)).toMatchObject(refusal);
});

test.each([
  ['nothing', aCode('ACTIVE'), {}, 'ASK'],
  ['the label alone', aCode('STOPPED'), { label: null }, 'CHANGE_LABEL'],
  ['a name', aCode('STOPPED'), { storeName: 'x' }, 'ASK'],
  ['a name and the label', aCode('ACTIVE'), { storeName: 'x', label: 'y' }, 'ASK'],
  [
    'what is pending already',
    Object.assign(pending('ACTIVE', 'MODIFY'), { pendingModification: { storeName: 'x' } }),
    { storeName: 'x' },
    'NOTHING_TO_DO',
  ],
  [
    'nothing, while that is pending',
    Object.assign(pending('ACTIVE', 'MODIFY'), { pendingModification: {} }),
    {},
    'NOTHING_TO_DO',
  ],
  [
    'another fee',
    aCode('ACTIVE', { channelFeeType: 'FIXED', channelFeeValue: '1.00' }),
    { channelFeeType: 'RATE' as const, channelFeeValue: '0.01' },
    'ASK',
  ],
])('modifying %s', (_what, qrCode, asked, decision) => {
  expect(decideModification(qrCode, asked)).toBe(decision);
});

test('goes only where a status can go', () => {
  const deeds = [
    ['PENDING', 'CREATE'],
    ['PENDING', 'IMPORT'],
    ['ACTIVE', 'STOP'],
    ['STOPPED', 'RESTART'],
    ['ACTIVE', 'DELETE'],
    ['STOPPED', 'DELETE'],
  ] as const;

  for (const [before, change] of deeds) {
    expect(NEXT_QR_CODE_STATUS[before]).toContain(statusAfter(change, before));
  }
  expect(statusAfter('MODIFY', 'STOPPED')).toBe('STOPPED');
});
