import { encodeNodeId } from '../graphql/node-id';
import { type Claims, callerOfClaims } from './claims';

const NAMES = { role: 'role', stores: 'stores', refundLimit: 'refund_limit' };
const UUID = '019b7d00-0000-7000-8000-000000000001';
const OTHER = '019b7d00-0000-7000-8000-000000000002';
const STORE = encodeNodeId('Store', UUID);

function read(claims: Claims, names = NAMES) {
  return callerOfClaims({ sub: 'ann@shop.example', role: 'CASHIER', ...claims }, names);
}

test.each<[string, Claims]>([
  ['no subject', { sub: undefined }],
  ['an empty subject', { sub: ' ' }],
  ['a subject that is no text', { sub: 7 }],
  ['a subject of several lines', { sub: 'ann\nworker' }],
  ['a subject without end', { sub: 'x'.repeat(256) }],
  ['the name of the worker', { sub: 'Worker' }],
  ['the name of Alipay', { sub: 'alipay' }],
  ['the name of a key', { sub: 'api-key:cs_AbCdEfGh (Till 3)' }],
])('%s opens nothing', (_, claims) => {
  expect(read(claims)).toEqual({ complaint: 'its sub cannot be written into records' });
});

test.each<[string, unknown]>([
  ['none', undefined],
  ['one in small letters', 'owner'],
  ['an unknown one', 'ROOT'],
  ['two of ours', ['CASHIER', 'OWNER']],
  ['none of ours', ['offline_access']],
  ['an object', { OWNER: true }],
])('as a role, %s opens nothing', (_, role) => {
  expect(read({ role })).toEqual({
    complaint: 'its role is none of OWNER, MANAGER, CASHIER, AUDITOR',
  });
});

test.each<[string, unknown]>([
  ['the word', 'MANAGER'],
  ['a list of roles, one of ours among them', ['offline_access', 'MANAGER']],
])('a role is %s', (_, role) => {
  expect(read({ role })).toMatchObject({ role: 'MANAGER' });
});

test.each<[string, unknown, readonly string[] | null]>([
  ['absent: none', undefined, []],
  ['null: none', null, []],
  ['an empty list: none', [], []],
  ['a list of one', [STORE], [UUID]],
  ['one text', STORE, [UUID]],
  ['a text of two', `${STORE}, ${encodeNodeId('Store', OTHER)}`, [UUID, OTHER]],
  ['twice the same', [STORE, STORE], [UUID]],
  ['ids of no store', [encodeNodeId('QrCode', UUID), UUID, 7, ''], []],
  ['a star: all', '*', null],
  ['a star in a list: all', ['*'], null],
  ['a number', 7, []],
])('stores, %s', (_, stores, storeIds) => {
  expect(read({ stores })).toMatchObject({ storeIds });
});

test.each<[unknown, unknown]>([
  [undefined, null],
  ['200.00 HKD', { minor: 20_000n, currency: 'HKD' }],
  ['0 HKD', { minor: 0n, currency: 'HKD' }],
])('a limit of %j is read', (limit, refundLimit) => {
  expect(read({ refund_limit: limit })).toMatchObject({ refundLimit });
});

test.each([200, '200', '200 hkd', '-1 HKD', '1e3 HKD', 'HKD 200', '1.234 HKD', {}])(
  'a limit of %j cannot be read, and opens nothing',
  (limit) => {
    expect(read({ refund_limit: limit })).toEqual({
      complaint: 'its refund_limit is not of the form "200.00 HKD"',
    });
  },
);

test('a claim may lie deeper, and a name with dots counts as it is first', () => {
  const names = { ...NAMES, role: 'realm_access.roles', stores: 'https://shop.example/stores' };

  expect(
    callerOfClaims(
      {
        ...{ sub: 'ann', role: 'OWNER', stores: '*' },
        realm_access: { roles: ['AUDITOR'] },
        'https://shop.example/stores': [STORE],
      },
      names,
    ),
  ).toMatchObject({ role: 'AUDITOR', storeIds: [UUID] });
  expect(read({}, { ...NAMES, stores: 'constructor.name' })).toMatchObject({ storeIds: [] });
});
