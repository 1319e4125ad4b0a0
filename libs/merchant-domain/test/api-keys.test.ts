import { Forbidden } from '../src/access/access.rules';
import { ApiKey } from '../src/access/api-key.entity';
import {
  findApiKey,
  findKeyInUse,
  isAnyKeyInForce,
  isUseToBeNoted,
  keysInForce,
  listApiKeys,
  noteKeyUse,
} from '../src/access/api-key.queries';
import { type CreateApiKey, createApiKey } from '../src/access/create-api-key';
import { revokeApiKey } from '../src/access/revoke-api-key';
import { aStore } from './support/records';
import { callerOf, createWorld, type World, WORLD_BEGINS } from './support/world';

let world: World;
let storeId: string;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.startAfresh();
  storeId = (await aStore(world)).id;
});
afterAll(() => world.close());

async function make(own: Partial<CreateApiKey> = {}): Promise<{ apiKey: ApiKey; secret: string }> {
  const made = await createApiKey(world.domain, {
    ...{ caller: world.owner, name: 'Till 3', role: 'CASHIER' as const, storeIds: [storeId] },
    ...own,
  });
  if ('refusal' in made) throw new Error(made.message);
  return made;
}

function use(secret: string) {
  return findKeyInUse(world.database, world.clock.now(), secret);
}

test('the secret is nowhere in the database, and opens the door for whom it was made', async () => {
  const { apiKey, secret } = await make({ refundLimit: { amount: '50', currency: 'HKD' } });

  const [row] = await world.database.manager.query<{ text: string }[]>(
    `select row_to_json(k)::text || encode(secret_hash, 'escape') as text from api_keys k`,
  );
  expect(row?.text).toContain(apiKey.prefix);
  expect(row?.text).not.toContain(secret.slice(apiKey.prefix.length + 1, -6));
  expect(await use(secret)).toEqual({
    id: apiKey.id,
    caller: {
      subject: `api-key:${apiKey.prefix} (Till 3)`,
      role: 'CASHIER',
      storeIds: [storeId],
      refundLimit: { minor: 5_000n, currency: 'HKD' },
    },
    expiresAt: null,
    lastUsedAt: null,
  });
  expect(JSON.stringify(world.log)).not.toContain(secret);
});

test('the prefix with another secret opens nothing, also with a right checksum', async () => {
  const { apiKey } = await make();
  const { apiKey: other, secret } = await make();
  const rename = (id: string, prefix: string) =>
    world.database.manager.update(ApiKey, { id }, { prefix });
  await rename(other.id, 'cs_elsewhere');
  await rename(apiKey.id, other.prefix);

  expect(await use(secret)).toBeNull();
});

test('a key ends when it is revoked, once, and by whom is on record', async () => {
  const { apiKey, secret } = await make();
  const revoke = () => revokeApiKey(world.domain, { caller: world.owner, apiKeyId: apiKey.id });

  const revoked = await revoke();
  world.clock.advance(1_000);
  const again = await revoke();

  const ended = { revokedAt: WORLD_BEGINS, revokedBy: world.owner.subject };
  expect(revoked).toMatchObject({ apiKey: ended });
  expect(again).toMatchObject({ apiKey: ended });
  expect(await use(secret)).toBeNull();
  expect(await keysInForce(world.database, world.clock.now(), [apiKey.id])).toEqual(new Set());
});

test('a key ends at its time', async () => {
  const { apiKey, secret } = await make({ expiresAt: new Date(WORLD_BEGINS.getTime() + 1_000) });

  expect(await use(secret)).not.toBeNull();
  expect(await isAnyKeyInForce(world.database, world.clock.now())).toBe(true);
  world.clock.advance(1_000);

  expect(await use(secret)).toBeNull();
  expect(await keysInForce(world.database, world.clock.now(), [apiKey.id])).toEqual(new Set());
  expect(await isAnyKeyInForce(world.database, world.clock.now())).toBe(false);
});

test('the use of a key is written down once a minute', async () => {
  const { apiKey } = await make();
  const lastUse = async () => (await findApiKey(world.database, world.owner, apiKey))?.lastUsedAt;
  const note = () => noteKeyUse(world.database, world.clock.now(), [apiKey.id]);

  await note();
  world.clock.advance(59_999);
  await note();
  expect(await lastUse()).toEqual(WORLD_BEGINS);
  expect(isUseToBeNoted(WORLD_BEGINS, world.clock.now())).toBe(false);

  world.clock.advance(1);
  expect(isUseToBeNoted(WORLD_BEGINS, world.clock.now())).toBe(true);
  await note();
  expect(await lastUse()).toEqual(world.clock.now());
});

test('keys are an owner’s alone', async () => {
  const { apiKey } = await make();

  for (const role of ['MANAGER', 'CASHIER', 'AUDITOR'] as const) {
    const caller = callerOf(role);
    await expect(make({ caller })).rejects.toThrow(Forbidden);
    await expect(revokeApiKey(world.domain, { caller, apiKeyId: apiKey.id })).rejects.toThrow(
      Forbidden,
    );
    await expect(listApiKeys(world.database, caller)).rejects.toThrow(Forbidden);
    await expect(findApiKey(world.database, caller, apiKey)).rejects.toThrow(Forbidden);
  }
});

test('an owner of one store sees and ends the keys of that store', async () => {
  const ofAll = await createApiKey(world.domain, {
    ...{ caller: world.owner, name: 'Accounts', role: 'AUDITOR' },
  });
  const ofAllId = ofAll.apiKey?.id ?? '';
  const { apiKey: ofMine } = await make();
  const caller = callerOf('OWNER', { storeIds: [storeId] });

  const listed = await listApiKeys(world.database, caller);
  const refused = await revokeApiKey(world.domain, { caller, apiKeyId: ofAllId });

  expect(listed.map(({ id }) => id)).toEqual([ofMine.id]);
  expect(await findApiKey(world.database, caller, { id: ofAllId })).toBeNull();
  expect(refused).toMatchObject({ refusal: 'NOT_FOUND', field: ['apiKeyId'] });
  expect(await listApiKeys(world.database, world.owner)).toHaveLength(2);
});

test('a store that is not there has no key', async () => {
  const refused = await createApiKey(world.domain, {
    ...{ caller: world.owner, name: 'Till', role: 'CASHIER' },
    storeIds: [storeId, '019b7d00-0000-7000-8000-000000000001'],
  });

  expect(refused).toMatchObject({ refusal: 'NOT_FOUND', field: ['storeIds'] });
  expect(await listApiKeys(world.database, world.owner)).toEqual([]);
});

test('however many have ended since, each key in force is listed, newest first', async () => {
  const old = await make();
  world.clock.advance(1_000);
  const ending = await make({ expiresAt: new Date('2030-01-01T00:00:00Z') });
  const ended = (when: string): string =>
    `insert into api_keys (id, name, role, prefix, secret_hash, created_by, created_at, ${when})
     select gen_random_uuid(), 'x', 'OWNER', '${when} ' || n, sha256('x'), 'x', now(), `;
  const { manager } = world.database;
  await manager.query(
    `${ended('revoked_at, revoked_by')} now(), 'x' from generate_series(1, 600) n`,
  );
  await manager.query(
    `${ended('expires_at')} now() - interval '1 day' from generate_series(1, 600) n`,
  );

  const listed = await listApiKeys(world.database, world.owner);

  expect(listed).toHaveLength(1_000);
  expect(listed.slice(-2).map(({ id }) => id)).toEqual([ending.apiKey.id, old.apiKey.id]);
});
