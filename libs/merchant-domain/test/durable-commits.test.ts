import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test('on a server that puts its commits off, ours are for good', async () => {
  const { manager, ingest } = world.database;
  const ask = 'select reset_val, setting from pg_settings where name = $1';

  expect(await manager.query('show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  expect((await ingest.query(ask, ['synchronous_commit'])).rows).toEqual([
    { reset_val: 'on', setting: 'on' },
  ]);
});
