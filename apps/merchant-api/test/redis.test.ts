import { readConfig, startMerchantApi } from '../src';
import { openRedisNudges, type RedisNudges } from '../src/events/redis-nudges';
import { createGraphqlClient } from './support/graphql-client';
import { openCounter, pay } from './support/shop';
import { environment, startStack, TOKEN } from './support/stack';
import { createTestLog, type TestLog } from './support/test-log';
import { redisTest, startThrowawayRedis, type ThrowawayRedis } from './support/throwaway-redis';
import { until } from './support/until';

jest.setTimeout(60_000);

let redis: ThrowawayRedis;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startRedis(): Promise<void> {
  redis = await startThrowawayRedis();
  ends.push(() => redis.close());
}

async function openNudges(log: TestLog = createTestLog()): Promise<RedisNudges> {
  const nudges = await openRedisNudges(redis.url, log);
  ends.push(() => nudges.close());
  return nudges;
}

/** Listens, and answers what it has heard so far; `connects` counts how often it began to hear. */
async function listen(nudges: RedisNudges) {
  const heard = { nudges: [] as string[], connects: 0 };
  const listener = nudges.listen({
    hear: (nudge) => heard.nudges.push(nudge),
    connected: () => {
      heard.connects += 1;
    },
  });
  ends.push(() => listener.close());
  await until('the listener', () => heard.connects > 0);
  return heard;
}

redisTest('what one process tells, the others hear, as it was told', async () => {
  await startRedis();
  const [one, two] = [await openNudges(), await openNudges()];
  const heard = await listen(two);

  await until('a nudge', () => {
    one.publish(['events', 'qr:1']);
    return heard.nudges.length > 1;
  });

  expect(heard.nudges.slice(0, 2)).toEqual(['events', 'qr:1']);
});

redisTest('a Redis that was away is told of once, and is listened to again', async () => {
  await startRedis();
  const log = createTestLog();
  const nudges = await openNudges(log);
  const heard = await listen(nudges);
  const before = heard.connects;

  await redis.kill();
  await until('the loss', () => log.lines.length > 0);
  nudges.publish(['lost']);
  await redis.start();
  await until('the return', () => heard.connects > before);
  await until('a nudge', () => {
    nudges.publish(['events']);
    return heard.nudges.includes('events');
  });

  expect(heard.nudges).not.toContain('lost');
  await until('what is logged', () => log.lines.length > 1);
  expect(log.lines.map(({ fact }) => fact)).toEqual([
    'nudges are not heard; polling goes on',
    'nudges are heard again',
  ]);
});

redisTest('a code that changed while only its process had lost Redis is told of', async () => {
  await startRedis();
  const [one, two] = [await openNudges(), await openNudges()];
  const heard = await listen(two);
  await until('a nudge', () => {
    one.publish(['events']);
    return heard.nudges.includes('events');
  });

  const { connects } = heard;

  await redis.dropSpeakers();
  one.publish(['qr:1', 'qr:2']);

  await until('the codes', () => heard.nudges.includes('qr:1') && heard.nudges.includes('qr:2'));
  expect(heard.connects).toBe(connects); // who listens was never away
});

redisTest('a code that changed while Redis was busy is told of with what comes next', async () => {
  await startRedis();
  const log = createTestLog();
  const [one, two] = [await openNudges(log), await openNudges()];
  const heard = await listen(two);
  await until('a nudge', () => {
    one.publish(['events']);
    return heard.nudges.includes('events');
  });

  await redis.whileBusy(async () => {
    one.publish(['qr:1']);
    await until('the refusal', () => log.lines.length > 0);
  });

  await until('the code', () => {
    one.publish(['events']);
    return heard.nudges.includes('qr:1');
  });
});

redisTest('who is refused by Redis says so, and does not stop', async () => {
  await startRedis();
  const log = createTestLog();
  const url = new URL(redis.url);
  url.username = 'nobody';
  url.password = 'secret-of-redis';
  const nudges = await openRedisNudges(url.href, log);
  ends.push(() => nudges.close());
  const listener = nudges.listen({ hear: () => undefined, connected: () => undefined });
  ends.push(() => listener.close());

  await until('the refusal', () => log.lines.length > 0);

  expect(String(log.lines[0]?.ids['error'])).toMatch(/WRONGPASS/);
  expect(JSON.stringify(log.lines)).not.toContain('secret-of-redis');
});

const CODES = 'subscription { qrCodeChanged { id status } }';
const STOP = `mutation ($input: QrCodeInput!) { stopQrCode(input: $input) { qrCode { status } } }`;
const PAYMENTS = 'subscription { paymentReceived { transaction { alipayTransId } } }';

redisTest(
  'events go on from one API to the other, with Redis, without, and with it again',
  async () => {
    await startRedis();
    const one = await startStack({ REDIS_URL: redis.url });
    ends.push(() => one.close());
    const two = await startMerchantApi(
      readConfig(
        environment({
          REDIS_URL: redis.url,
          DATABASE_URL: one.database.url,
          ALIPAY_GATEWAY_URL: one.gateway.url,
          ROLE: 'api',
        }),
      ),
      createTestLog(),
    );
    ends.push(() => two.close());
    const listening = createGraphqlClient(two.graphqlUrl, TOKEN);
    ends.push(() => listening.close());
    const counter = await openCounter(one);
    const heard = await listening.subscribe(PAYMENTS);
    const codes = await listening.subscribe(CODES);
    const paid: string[] = [];
    const payAndHear = async (): Promise<void> => {
      paid.push((await pay(one, counter)).alipayTransId);
      await until('the payment', () => heard.items.length === paid.length);
    };

    const told = await listen(await openNudges());
    await payAndHear();
    await until(
      'the nudges',
      () => told.nudges.includes('inbox') && told.nudges.includes('events'),
    );
    // Nobody listens to PostgreSQL.
    expect(
      await one.database.run(
        `select query from pg_stat_activity where datname = current_database() and query like 'listen%'`,
      ),
    ).toEqual([]);
    await redis.kill();
    await payAndHear();
    await one.client.get(STOP, { input: { qrCodeId: counter.qrCodeId } }); // nobody can be told
    await redis.start();
    await until('the stopped code', () =>
      codes.items.some((item) => (item as { status: string }).status === 'STOPPED'),
    );
    await payAndHear();

    expect(heard.items).toEqual(paid.map((alipayTransId) => ({ transaction: { alipayTransId } })));
  },
);
