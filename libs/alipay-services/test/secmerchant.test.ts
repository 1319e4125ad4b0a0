import { type Fields, verifyFields } from '@countersign/alipay-protocol';

import { type AlipayClient, type SecmerchantOfflineMaintainRequest } from '../src/index';
import {
  clientOf,
  registration,
  registrationFields,
  signed,
  storeInQuestion,
  verifier,
} from './client-under-test';
import { type GatewayDouble, openGatewayDouble } from './gateway-double';

let gateway: GatewayDouble;
let alipay: AlipayClient;
let reports: ReturnType<typeof clientOf>['reports'];

beforeEach(async () => {
  gateway = await openGatewayDouble();
  ({ alipay, reports } = clientOf(gateway));
});

afterEach(async () => {
  await alipay.close();
  await gateway.close();
});

const needed = {
  secondaryMerchantName: registration.secondaryMerchantName,
  secondaryMerchantId: registration.secondaryMerchantId,
  secondaryMerchantType: registration.secondaryMerchantType,
  storeId: registration.storeId,
  storeName: registration.storeName,
  storeCountry: registration.storeCountry,
  storeAddress: registration.storeAddress,
  storeIndustry: registration.storeIndustry,
  registerCountry: registration.registerCountry,
} as const satisfies SecmerchantOfflineMaintainRequest;

const driver = { operationId: 'D1', contactPerson: 'Chan Tai Man', contactWay: '+852 2345-6789' };

/** What was sent beyond what every request carries, its signature checked. */
function sent(): Fields {
  const fields: Fields = gateway.received[0]?.fields ?? {};
  expect(() => verifyFields(fields, verifier)).not.toThrow();
  const { partner: _p, _input_charset: _c, sign: _s, sign_type: _t, ...own } = fields;
  return own;
}

describe('a registration that breaks a rule is never sent', () => {
  test.each<[string, string, Partial<SecmerchantOfflineMaintainRequest>, RegExp]>([
    ['no name', 'secondaryMerchantName', { secondaryMerchantName: '' }, /is missing/],
    [
      'a name of 129 bytes, though of 43 characters',
      'secondaryMerchantName',
      { secondaryMerchantName: '茶'.repeat(43) },
      /longer than 128 bytes/,
    ],
    ['a merchant id with a dash', 'secondaryMerchantId', { secondaryMerchantId: 'M-1' }, /only/],
    [
      'a merchant id of 65',
      'secondaryMerchantId',
      { secondaryMerchantId: 'M'.repeat(65) },
      /64 bytes/,
    ],
    [
      'a type that is none',
      'secondaryMerchantType',
      { secondaryMerchantType: 'SHOP' as 'ENTERPRISE' },
      /INDIVIDUAL or ENTERPRISE/,
    ],
    ['no store id', 'storeId', { storeId: '' }, /is missing/],
    ['a store name with "', 'storeName', { storeName: 'the "best"' }, /quotation mark/],
    ['a store name of 257', 'storeName', { storeName: 'x'.repeat(257) }, /256 bytes/],
    ['a country in small letters', 'storeCountry', { storeCountry: 'hk' }, /two capital letters/],
    ['an address of 331', 'storeAddress', { storeAddress: 'x'.repeat(331) }, /330 bytes/],
    [
      'an address with a control character',
      'storeAddress',
      { storeAddress: 'a\u0000b' },
      /control/,
    ],
    ['an industry in words', 'storeIndustry', { storeIndustry: 'food' }, /four digits/],
    ['no country of registration', 'registerCountry', { registerCountry: '' }, /is missing/],
    ['an account with a blank', 'settlementNo', { settlementNo: '12 34' }, /letters and digits/],
    ['a telephone in words', 'contactNo', { contactNo: 'call me' }, /only digits/],
    ['an e-mail that is none', 'contactEmail', { contactEmail: 'ada' }, /no e-mail/],
    ['a taxi without a driver', 'extendParams', { storeIndustry: '4121' }, /names its drivers/],
    ['eleven drivers', 'extendParams', { extendParams: Array(11).fill(driver) as [] }, /10/],
    [
      'drivers that take more than 1024 characters',
      'extendParams',
      { extendParams: Array(9).fill({ ...driver, contactPerson: 'x'.repeat(64) }) as [] },
      /1024 characters/,
    ],
    [
      'a driver without a name',
      'extendParams.1.contactPerson',
      { extendParams: [driver, { ...driver, contactPerson: '' }] },
      /is missing/,
    ],
  ])('%s', async (_what, field, change, says) => {
    await expect(
      alipay.secmerchantOfflineMaintain({ ...registration, ...change }),
    ).rejects.toMatchObject({
      code: 'ALIPAY_REQUEST_INVALID',
      field,
      message: expect.stringMatching(says) as string,
    });

    expect(gateway.received).toHaveLength(0);
  });

  test.each([
    ['secondaryMerchantId', { ...storeInQuestion, secondaryMerchantId: 'M 1' }],
    ['storeId', { ...storeInQuestion, storeId: '' }],
  ])('a question about a store: %s', async (field, request) => {
    await expect(alipay.secmerchantQueryStatus(request)).rejects.toMatchObject({ field });

    expect(gateway.received).toHaveLength(0);
  });
});

describe('what goes over the wire', () => {
  test('a registration is flat, in Beijing time', async () => {
    gateway.answer(signed({ result_code: 'SUCCESS' }));

    await alipay.secmerchantOfflineMaintain(registration);

    expect(sent()).toEqual({
      service: 'alipay.overseas.secmerchant.offline.maintain',
      timestamp: '2026-01-02 11:04:05',
      ...registrationFields,
    });
  });

  test('of what is optional only what is given', async () => {
    gateway.answer(signed({ result_code: 'SUCCESS' }));

    await alipay.secmerchantOfflineMaintain({ ...needed, contactNo: '', extendParams: [] });

    expect(Object.keys(sent()).sort()).toEqual(
      ['register_country', 'secondary_merchant_id', 'secondary_merchant_name']
        .concat(['secondary_merchant_type', 'service', 'store_address', 'store_country'])
        .concat(['store_id', 'store_industry', 'store_name', 'timestamp']),
    );
  });

  test('the drivers of a taxi are one JSON list', async () => {
    gateway.answer(signed({ result_code: 'SUCCESS' }));

    await alipay.secmerchantOfflineMaintain({
      ...needed,
      storeIndustry: '4121',
      extendParams: [driver, { operationId: 'D2', contactPerson: '陳大文' }],
    });

    expect(JSON.parse(sent()['extend_params'] ?? '')).toEqual([
      { operation_id: 'D1', contact_way: '+852 2345-6789', contact_person: 'Chan Tai Man' },
      { operation_id: 'D2', contact_person: '陳大文' },
    ]);
  });

  test('a question names the store and how customers pay there', async () => {
    gateway.answer(signed({ status: 'SUCCESS' }));

    await alipay.secmerchantQueryStatus(storeInQuestion);

    expect(sent()).toEqual({
      service: 'alipay.overseas.secmerchant.maintain.queryStatus',
      timestamp: '2026-01-02 11:04:05',
      secondary_merchant_id: 'M_1',
      store_id: 'S-1',
      payment_method: 'INSTORE_PAYMENT',
    });
  });
});

describe('the state of a registration', () => {
  const place = { secondary_merchant_id: 'M_1', store_id: 'S-1' };

  async function asked(fields: Fields) {
    gateway.answer(signed(fields));
    return alipay.secmerchantQueryStatus(storeInQuestion);
  }

  test.each<[string, Fields]>([
    ['no state', { result_code: 'SUCCESS', ...place }],
    ['nothing at all but the store', place],
    ['a state and an unknown result', { result_code: 'UNKNOW', status: 'SUCCESS' }],
    ['a state and a failure', { result_code: 'FAIL', status: 'SUCCESS' }],
    ['a state and an error', { error: 'SYSTEM_ERROR', status: 'SUCCESS' }],
    ['a code nobody has written down', { result_code: 'FAIL', error: 'BRAND_NEW' }],
  ])('is not known from %s', async (_what, fields) => {
    expect(await asked(fields)).toMatchObject({
      kind: 'UNKNOWN',
      cause: { code: 'ALIPAY_ANSWER_NOT_FINAL' },
    });
  });

  test.each([
    { secondary_merchant_id: 'M_2', store_id: 'S-1' },
    { secondary_merchant_id: 'M_1', store_id: 'S-2' },
  ])('is not known from the answer about another store: %j', async (other) => {
    expect(await asked({ ...other, status: 'SUCCESS' })).toMatchObject({
      kind: 'UNKNOWN',
      cause: { code: 'ALIPAY_ANSWER_NOT_BOUND' },
    });
  });

  test.each(['DATA_NOT_EXIST', 'DATA_NOT_FOUND'])(
    'is NOT_FOUND where Alipay says %s: the rest of the code was never seen',
    async (error) => {
      expect(await asked({ result_code: 'FAIL', error })).toEqual({
        kind: 'SUCCEEDED',
        answer: { ...storeInQuestion, status: 'NOT_FOUND', registration: {} },
      });
    },
  );

  test.each(['SUCCESS', 'UNDER_REVIEW', 'MODIFICATION_REVIEW', 'SOMETHING_NEW'])(
    'is told: %s, with what is registered, with or without a result code',
    async (status) => {
      const answer = {
        ...storeInQuestion,
        status,
        storeStatus: 'ACTIVATED',
        registration,
      };
      const fields = { ...registrationFields, status, store_status: 'ACTIVATED' };

      expect(await asked(fields)).toEqual({ kind: 'SUCCEEDED', answer });
      expect(await asked({ ...fields, result_code: 'SUCCESS' })).toEqual({
        kind: 'SUCCEEDED',
        answer,
      });
    },
  );

  test('is told with the reason when it failed; a type of merchant that is none is left out', async () => {
    expect(
      await asked({
        ...place,
        secondary_merchant_type: 'SHOP',
        status: 'FAILED',
        reject_reason: 'High risk merchant, registration reject.',
      }),
    ).toEqual({
      kind: 'SUCCEEDED',
      answer: {
        ...storeInQuestion,
        status: 'FAILED',
        rejectReason: 'High risk merchant, registration reject.',
        registration: storeInQuestion,
      },
    });
  });
});

test('what is kept of a registration leads to none of the persons behind it', async () => {
  gateway.answer(
    signed({ result_code: 'SUCCESS' }),
    signed({ ...registrationFields, status: 'SUCCESS' }),
  );
  await alipay.secmerchantOfflineMaintain({ ...registration, extendParams: [driver] });
  await alipay.secmerchantQueryStatus(storeInQuestion);

  const kept = JSON.stringify(reports);

  for (const personal of [
    ...['陳大文', 'A1234567', '李小明', 'B7654321', '012345678901', '2345-6789'],
    ...['ada.chan', 'Chan Tai Man'],
  ]) {
    expect(kept).not.toContain(personal);
  }
  expect(reports[0]?.request).toMatchObject({
    ...{ representative_id: '****4321', representative_name: '李****' },
    ...{ contact_email: 'ad****@shop.example', extend_params: '[personal]' },
    store_name: registration.storeName,
  });
  expect(reports[1]?.response).toMatchObject({ shareholder_id: '****4567', status: 'SUCCESS' });
});
