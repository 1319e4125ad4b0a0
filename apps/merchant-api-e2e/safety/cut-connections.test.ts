import { createChance } from '../support/chance';
import { probe, randomTrial, runTrials, trialsAt } from '../support/cut-connections';
import { findingsAboutPayments } from '../support/cut-connections-books';
import {
  askCancelsHopelessly,
  askHopelessly,
  needsPerson,
} from '../support/cut-connections-for-ever';
import { boundaries } from '../support/cut-connections-places';
import { type CutSite, openCutSite } from '../support/cut-connections-site';
import { askOnClosingConnections } from '../support/cut-connections-kept-alive';

jest.setTimeout(180_000);

let site: CutSite;

beforeAll(async () => {
  site = await openCutSite();
});
afterAll(async () => {
  await site.close();
});

test('a refund or cancel that is cut at any boundary of a field is done once, whatever its repeat is told', async () => {
  const chance = createChance();
  const trials = [];
  for (const kind of ['refund', 'cancel'] as const) {
    const first = chance.below(1_000);
    // Every eighth of them: other ones in each run, and every single byte in the deep run.
    const places = boundaries(await probe(site, kind)).filter((_, at) => (at + first) % 8 === 0);
    trials.push(...trialsAt(kind, places, { manners: 'in turn', first }));
  }

  const { findings, open } = await runTrials(site, trials, { isUntold: true });

  expect({ seed: chance.seed, findings }).toEqual({ seed: chance.seed, findings: [] });
  expect(open).toBeGreaterThan(trials.length / 3);
});

test('deeds of all kinds that are cut anywhere, their repeats too, are done once', async () => {
  const chance = createChance();
  const trials = [];
  for (const kind of ['refund', 'cancel', 'create', 'modify', 'stop'] as const) {
    const probed = await probe(site, kind);
    for (let n = 0; n < 2; n += 1) trials.push(randomTrial(kind, probed, chance));
  }

  const { findings } = await runTrials(site, trials);

  expect({ seed: chance.seed, findings }).toEqual({ seed: chance.seed, findings: [] });
});

test('a refund stays open for a person only where no repeat is answered and no query gives a verdict (decision 5)', async () => {
  const { world } = site;
  const refunds = await askHopelessly(site);
  const hopeless = refunds.filter(needsPerson);

  await site.settle(hopeless.length);
  site.passTime(3_600_000);

  const known = await site.rows<{ id: string; node: string; partner: string; status: string }>(
    'select id, partner_refund_id as partner, status from refunds where partner_refund_id = any($1)',
    [refunds.map(({ deed }) => deed.id)],
  );
  const statusOf = ({ deed }: (typeof refunds)[number]) =>
    known.find(({ partner }) => partner === deed.id)?.status;
  expect(refunds.filter((refund) => statusOf(refund) === 'PENDING')).toEqual(hopeless);
  const tradeNos = refunds.map(({ deed }) => deed.tradeNo ?? '');
  expect(await findingsAboutPayments(site, tradeNos)).toEqual([]);

  // Each is in sight: on its payment with its attempts, in the log as still open; and a person ends it.
  const payments = await world.merchant.transactions();
  for (const { deed, isMade } of hopeless) {
    const refund = payments
      .flatMap((payment) => payment.refunds)
      .find(({ partnerRefundId }) => partnerRefundId === deed.id);
    expect(refund).toMatchObject({ status: 'PENDING', nextCheckAt: expect.any(String) as string });
    expect(refund?.attempts).toBeGreaterThan(1);
    expect(world.logged).toContainEqual({
      level: 'warn',
      fact: 'a refund is still open',
      ids: expect.objectContaining({ partnerRefundId: deed.id }) as object,
    });
    const outcome = isMade ? 'SUCCEEDED' : 'FAILED';
    const note = 'Seen in the portal.';
    const resolved = await world.merchant.resolveRefund({ refundId: refund?.id, outcome, note });
    expect(resolved).toMatchObject({ refund: { status: outcome }, userErrors: [] });
  }
  await world.gateway.endFaults();
  expect(await findingsAboutPayments(site, tradeNos)).toEqual([]);
});

test('a cancel that is refused until its window is over ends as the gateway’s query shows it', async () => {
  const cancels = await askCancelsHopelessly(site);

  site.passToNextNoon();
  await site.settle();

  const tradeNos = cancels.map(({ tradeNo }) => tradeNo ?? '');
  expect(await findingsAboutPayments(site, tradeNos)).toEqual([]);
  await site.world.gateway.endFaults();
});

test('a kept-alive connection that is closed as a call leaves never makes it leave twice', async () => {
  const { deeds, calls } = await askOnClosingConnections(site);

  expect(calls.filter((count) => count > 1)).toEqual([]);
  await site.settle();
  expect(
    await findingsAboutPayments(
      site,
      deeds.map(({ tradeNo }) => tradeNo ?? ''),
    ),
  ).toEqual([]);
});
