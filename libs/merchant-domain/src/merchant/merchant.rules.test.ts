import { checkMerchant } from './merchant.rules';

const good = {
  type: 'ENTERPRISE',
  alipayMerchantId: 'M_1',
  name: 'Noodle Shop',
  industry: '5812',
} as const;

test.each(['ENTERPRISE', 'INDIVIDUAL'])('finds nothing wrong with a good %s', (type) => {
  expect(checkMerchant({ ...good, type })).toBeUndefined();
});

test.each<[string, Partial<Parameters<typeof checkMerchant>[0]>, string, RegExp]>([
  ['another type', { type: 'SHOP' }, 'type', /INDIVIDUAL or ENTERPRISE/],
  ['no type', { type: '' }, 'type', /INDIVIDUAL or ENTERPRISE/],
  ['an industry of letters', { industry: 'food' }, 'industry', /^The merchant's industry .*\.$/],
  ['an id with a blank', { alipayMerchantId: 'M 1' }, 'alipayMerchantId', /^The merchant id .*\.$/],
  ['a blank name', { name: '  ' }, 'name', /^The merchant's name is blank: .*\.$/],
  ['a name too long', { name: 'x'.repeat(33) }, 'name', /^The merchant's name .*\.$/],
])('refuses %s', (_what, change, field, message) => {
  expect(checkMerchant({ ...good, ...change })).toEqual({
    refusal: 'INVALID_INPUT',
    message: expect.stringMatching(message) as string,
    field: [field],
  });
});
