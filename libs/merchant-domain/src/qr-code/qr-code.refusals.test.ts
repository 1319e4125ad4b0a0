import { type PendingQrCodeChange, QrCode, type QrCodeStatus } from './qr-code.entity';
import {
  decideModification,
  decideStatusChange,
  NEXT_QR_CODE_STATUS,
  type QrCodeStatusChange,
  refuseAsAlipay,
  refuseSharedCode,
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

test('a status goes where it may, and a deed leads where it should', () => {
  expect(NEXT_QR_CODE_STATUS).toEqual({
    PENDING: ['ACTIVE', 'REJECTED'],
    ACTIVE: ['STOPPED', 'DELETED'],
    STOPPED: ['ACTIVE', 'DELETED'],
    DELETED: [],
    REJECTED: [],
  });
  const deeds = ['CREATE', 'IMPORT', 'STOP', 'RESTART', 'DELETE', 'MODIFY'] as const;
  expect(deeds.map((deed) => statusAfter(deed, 'PENDING'))).toEqual([
    'ACTIVE',
    'ACTIVE',
    'STOPPED',
    'ACTIVE',
    'DELETED',
    'PENDING',
  ]);
});

describe('a refusal tells a person why, and what to do', () => {
  test.each<[PendingQrCodeChange, string]>([
    ['CREATE', 'create'],
    ['IMPORT', 'take over'],
    ['MODIFY', 'modify'],
    ['STOP', 'stop'],
    ['RESTART', 'restart'],
  ])('while a %s has no answer yet', (pendingChange, deed) => {
    const decided = decideStatusChange(aCode('ACTIVE', { pendingChange }), 'DELETE');

    expect(decided).toEqual({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: `Alipay has not answered yet whether it will ${deed} this code; it is asked again soon. Wait for that answer first.`,
    });
  });

  test.each<[QrCodeStatus, QrCodeStatusChange, RegExp]>([
    ['DELETED', 'STOP', /^This code is deleted.*instead of trying to stop it\.$/],
    ['REJECTED', 'DELETE', /^Alipay has not issued this code.*nothing to delete: create it again/],
    ['PENDING', 'RESTART', /^Alipay has not issued this code.*nothing to restart: create it again/],
  ])('a code that is %s, asked to %s', (status, change, message) => {
    expect(decideStatusChange(aCode(status), change)).toMatchObject({
      message: expect.stringMatching(message) as string,
    });
  });

  test('a modification of a code that is deleted, or that never had a fee', () => {
    expect(decideModification(aCode('DELETED'), { label: 'x' })).toMatchObject({
      message: expect.stringMatching(/instead of trying to modify it/) as string,
    });
    expect(decideModification(aCode('ACTIVE'), { channelFeeType: 'RATE' })).toMatchObject({
      message: expect.stringMatching(/made without a channel fee/) as string,
    });
  });

  test('a modification while another change is pending, also with the same content', () => {
    const pendingModification = { storeName: 'x' };
    const stopping = aCode('ACTIVE', { pendingChange: 'STOP', pendingModification });
    const changing = aCode('ACTIVE', { pendingChange: 'MODIFY', pendingModification });
    const refused = { refusal: 'NOT_ALLOWED_IN_STATE' };

    expect(decideModification(stopping, { storeName: 'x' })).toMatchObject(refused);
    expect(decideModification(changing, { storeName: 'y' })).toMatchObject(refused);
    expect(decideModification(changing, { storeName: 'x' })).toBe('NOTHING_TO_DO');
  });

  test("Alipay's no: its own words when it has any, and whose turn it is", () => {
    const no = { kind: 'REJECTED', alipayCode: 'ILLEGAL_ARGUMENT' } as const;

    expect(refuseAsAlipay('IMPORT', { ...no, message: 'bad store', signed: true })).toEqual({
      refusal: 'ALIPAY_REJECTED',
      message:
        'Alipay refused to take over this code (ILLEGAL_ARGUMENT, bad store), because a parameter is missing or malformed. Correct what it objects to, then try again.',
      alipayCode: 'ILLEGAL_ARGUMENT',
    });
    expect(refuseAsAlipay('CREATE', { ...no, signed: false }).message).toMatch(
      /^Alipay refused to create this code \(ILLEGAL_ARGUMENT\), because .+\. It objects to the request itself/,
    );
  });

  test('a code that another counter has', () => {
    expect(refuseSharedCode()).toEqual({
      refusal: 'ALIPAY_REJECTED',
      message: expect.stringMatching(/on record already.*ask Alipay to issue a new code/) as string,
      alipayCode: 'CODE_ALREADY_IN_USE',
    });
  });
});
