import { type Caller, type Role } from '../domain';
import { type Action, Forbidden, mayDo, requireAction, seesStore } from './access.rules';

const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];

function caller(role: Role, storeIds: Caller['storeIds'] = null): Caller {
  return { subject: 'someone@shop.example', role, storeIds, refundLimit: null };
}

// Written out once more, so that whoever changes a right changes it twice.
test.each<[Action, readonly Role[]]>([
  ['READ_SALES', ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR']],
  ['READ_OPERATIONS', ['OWNER', 'MANAGER', 'AUDITOR']],
  ['REGISTER', ['OWNER']],
  ['MANAGE_CODES', ['OWNER', 'MANAGER']],
  ['CLAIM', ['OWNER', 'MANAGER', 'CASHIER']],
  ['GIVE_BACK', ['OWNER', 'MANAGER', 'CASHIER']],
  ['ASK_ALIPAY', ['OWNER', 'MANAGER']],
  ['REPAIR', ['OWNER', 'MANAGER']],
  ['RESOLVE_REFUND', ['OWNER']],
  ['KEEP_BOOKS', ['OWNER']],
  ['MANAGE_KEYS', ['OWNER']],
])('%s is for %j alone (decision 20)', (action, allowed) => {
  for (const role of ROLES) {
    const isAllowed = allowed.includes(role);
    const ask = (): void => {
      requireAction(caller(role), action);
    };

    expect(mayDo(caller(role), action)).toBe(isAllowed);
    if (isAllowed) expect(ask).not.toThrow();
    else expect(ask).toThrow(Forbidden);
  }
});

test('whoever may not is told what it takes, under a code of its own', () => {
  let thrown: unknown;
  try {
    requireAction(caller('CASHIER'), 'ASK_ALIPAY');
  } catch (error) {
    thrown = error;
  }

  expect(thrown).toMatchObject({
    name: 'Forbidden',
    code: 'FORBIDDEN',
    message: 'The role CASHIER may not do this (ASK_ALIPAY); it takes OWNER or MANAGER.',
  });
});

test.each<Action>(['REGISTER', 'KEEP_BOOKS'])(
  '%s reaches every store: not for an owner of some of them',
  (action) => {
    const ask = (): void => {
      requireAction(caller('OWNER', ['store-1']), action);
    };

    expect(mayDo(caller('OWNER', ['store-1']), action)).toBe(false);
    expect(ask).toThrow(
      `This concerns the whole account (${action}): whoever is bound to stores may not do it.`,
    );
  },
);

test.each<[string, Caller['storeIds'], string | null, boolean]>([
  ['all stores', null, 'store-1', true],
  ['all stores, something without a store', null, null, true],
  ['its own store', ['store-1', 'store-2'], 'store-2', true],
  ['another store', ['store-1'], 'store-2', false],
  ['one store, something without a store', ['store-1'], null, false],
  ['no store at all', [], 'store-1', false],
])('a caller of %s sees it or does not', (_what, storeIds, storeId, sees) => {
  expect(seesStore(caller('OWNER', storeIds), storeId)).toBe(sees);
});
