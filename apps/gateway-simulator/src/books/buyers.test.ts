import { buyerOf, maskedLogin } from './buyers';

test.each([
  ['852-51234588', '852-51****88'],
  ['13612345804', '136****5804'],
  ['traveller@example.com', 'tra***@example.com'],
  ['a@b.hk', 'a***@b.hk'],
  ['136****5804', '136****5804'],
  ['王小明', '王***'],
])('masks %s as %s', (login, masked) => {
  expect(maskedLogin(login)).toBe(masked);
});

test('takes the same name for the same person, and another for another', () => {
  const [one, again, other] = ['a@b.hk', 'a@b.hk', 'b@b.hk'].map((name) =>
    buyerOf('ALIPAYHK', name),
  );

  expect(one).toEqual(again);
  expect(one?.id).not.toBe(other?.id);
  expect(one?.id).toMatch(/^2088\d{12}$/);
});

test('takes a user id as it is', () => {
  expect(buyerOf('ALIPAYHK', '2160000000000001').id).toBe('2160000000000001');
});
