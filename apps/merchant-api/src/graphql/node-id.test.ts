import { decodeNodeId, encodeNodeId, uuidOf, uuidToMatch } from './node-id';

const UUID = '01a20d13-3f85-78de-8369-ae46cc01e6bb';

test.each([
  ['nothing', ''],
  ['no Base64', '%%%'],
  ['another type of ours', encodeNodeId('Store', UUID)],
  ['a type that is none', Buffer.from(`Till:${UUID}`).toString('base64url')],
  ['no UUID', Buffer.from('Transaction:1').toString('base64url')],
  ['an upper-case UUID', Buffer.from(`Transaction:${UUID.toUpperCase()}`).toString('base64url')],
  ['more after it', Buffer.from(`Transaction:${UUID}:1`).toString('base64url')],
  ['another spelling of the same bytes', `${encodeNodeId('Transaction', UUID)}=`],
  ['a blank before it', ` ${encodeNodeId('Transaction', UUID)}`],
])('%s names no transaction', (_, id) => {
  expect(uuidOf('Transaction', id)).toBeNull();
});

test('an id names its type and its record', () => {
  expect(decodeNodeId(encodeNodeId('Refund', UUID))).toEqual({ type: 'Refund', uuid: UUID });
});

test('a filter without an id does not filter, and one by a wrong id matches nothing', () => {
  expect(uuidToMatch('Store', null)).toBeUndefined();
  expect(uuidToMatch('Store', 'nonsense')).toBe('00000000-0000-0000-0000-000000000000');
});
