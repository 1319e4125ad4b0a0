import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { choosePort } from '../src/demo/choose-port';

test.each(['four', '-1', '65536', '4000.5', '0x10'])(
  'refuses %s and names the variable',
  async (port) => {
    await expect(choosePort({ PORT: port }, 'PORT', 4000)).rejects.toThrow(
      'PORT must be a number from 0 to 65535.',
    );
  },
);

test('a port that is taken is refused with the name of the variable that moves it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo; // it listens on a port, not on a path

  const choosing = choosePort({ SIMULATOR_PORT: String(port) }, 'SIMULATOR_PORT', 4010);

  await expect(choosing).rejects.toThrow(new RegExp(`Port ${port} is taken.*Set SIMULATOR_PORT`));
  other.close();
});

test('0 is a free port below those that systems give out by themselves', async () => {
  const port = await choosePort({ PORT: '0' }, 'PORT', 4000);

  expect(port).toBeGreaterThan(1_024);
  expect(port).toBeLessThan(32_768);
});

test('an empty value counts as not given', async () => {
  const free = await choosePort({ PORT: '0' }, 'PORT', 4000);

  expect(await choosePort({ PORT: ' ' }, 'PORT', free)).toBe(free);
});
