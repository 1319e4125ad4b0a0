import { collectFields, optional, required } from './fields';

function refusal(message: string): Error {
  return expect.objectContaining({ code: 'ALIPAY_MALFORMED_MESSAGE', message }) as Error;
}

test('a field that must be there is given, or named when it is not', () => {
  const fields = { trade_no: '1', memo: '' };

  expect(required(fields, 'trade_no')).toBe('1');
  expect(() => required(fields, 'total_fee')).toThrow(refusal('the field "total_fee" is missing'));
  expect(() => required(fields, 'memo')).toThrow(refusal('the field "memo" is missing'));
  expect(() => required(fields, 'toString')).toThrow(refusal('the field "toString" is missing'));
});

test('an empty field counts as not given, and so does what every object has', () => {
  expect(optional({ memo: 'x' }, 'memo')).toBe('x');
  expect(optional({ memo: '' }, 'memo')).toBeUndefined();
  expect(optional({}, 'memo')).toBeUndefined();
  expect(optional({}, 'constructor')).toBeUndefined();
});

test('collects what a message lists, whatever it is called', () => {
  const fields = collectFields([
    ['b', '2'],
    ['__proto__', 'x'],
    ['a', ''],
  ]);

  expect(Object.entries(fields)).toEqual([
    ['b', '2'],
    ['__proto__', 'x'],
    ['a', ''],
  ]);
});

test('the name that stands twice is the one that is told', () => {
  const entries = [
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
    ['b', '2'],
  ] as const;

  expect(() => collectFields(entries)).toThrow(refusal('the field "b" stands twice'));
});

test.each(['', 'a=1', 'a&b', '=', '&'])('%j is no name', (name) => {
  expect(() => collectFields([[name, '1']])).toThrow(
    refusal(`${JSON.stringify(name)} is no name of a field`),
  );
});

test('a thousand fields are a message, one more is none', () => {
  const entries = Array.from({ length: 1001 }, (_, at) => [`f${at}`, ''] as const);

  expect(Object.keys(collectFields(entries.slice(1)))).toHaveLength(1000);
  expect(() => collectFields(entries)).toThrow(refusal('more than 1000 fields'));
});
