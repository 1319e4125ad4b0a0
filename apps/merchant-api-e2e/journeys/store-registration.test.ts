import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { LOST_ANSWERS } from '../support/lost-answers';
import {
  DETAILS,
  OFFLINE_MAINTAIN,
  QUERY_STATUS,
  registrarsOf,
  type RegistrationShape,
} from '../support/registrations';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

const REVIEW_MS = 5 * 60_000;
const WAITS = { variants: { registrationReview: 'waits' } } as const;

async function aStore({ merchant }: World) {
  const owner = await merchant.registerMerchant();
  const store = await merchant.registerStore(owner.id);
  const place = { secondary_merchant_id: owner.alipayMerchantId, store_id: store.alipayStoreId };
  return { storeId: store.id, place };
}

test('a store is registered, submitted, reviewed and approved, then has a code that customers pay on', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { submit, storeThat, booked } = registrarsOf(world);
  const { storeId, place } = await aStore(world);

  expect(await submit(storeId)).toMatchObject({
    store: {
      ...{ registration: 'UNDER_REVIEW', registrationPending: false },
      registrationSubmittedBy: 'demo',
      registrationNextCheckAt: expect.any(String) as string,
    },
    userErrors: [],
  });
  expect(await booked()).toMatchObject([
    {
      ...place,
      fields: {
        ...{ registration_no: DETAILS.registrationNo, shareholder_id: DETAILS.shareholderId },
        ...{ contact_no: DETAILS.contactNo, register_country: 'HK' },
      },
    },
  ]);

  // The review passes by the gateway's own clock, and the background hears of it by itself.
  const approved = await storeThat(storeId, ({ registration }) => registration === 'REGISTERED');
  expect(approved).toMatchObject({ rejectReason: null, registrationNextCheckAt: null });

  const { qrCode } = await merchant.createQrCode({ storeId });
  const trade = await gateway.pay({ qrcode: qrCode?.code ?? null, amount: '38.00' });
  expect(await merchant.transactionOf(trade)).toMatchObject({ status: 'PAID' });
});

test('a rejected store shows Alipay’s reason and gets no code until it is submitted again and passes', async () => {
  const world = await startWorld({ simulator: WAITS });
  const { merchant } = world;
  const { submit, refresh, decide } = registrarsOf(world);
  const { storeId, place } = await aStore(world);
  await submit(storeId);
  expect(await refresh(storeId)).toMatchObject({ store: { registration: 'UNDER_REVIEW' } });

  await decide(place, 'FAILED', 'For security reason, registration reject.');

  expect(await refresh(storeId)).toMatchObject({
    store: {
      registration: 'REJECTED',
      rejectReason: 'For security reason, registration reject.',
      registrationNextCheckAt: null,
    },
    userErrors: [],
  });
  expect(await merchant.createQrCode({ storeId })).toMatchObject({
    qrCode: null,
    userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }],
  });
  expect(await submit(storeId, { ...DETAILS, shareholderName: '陳小文' })).toMatchObject({
    store: { registration: 'UNDER_REVIEW', rejectReason: null },
  });
  await decide(place, 'SUCCESS');
  expect(await refresh(storeId)).toMatchObject({ store: { registration: 'REGISTERED' } });
  expect(await merchant.createQrCode({ storeId })).toMatchObject({
    qrCode: { status: 'ACTIVE' },
    userErrors: [],
  });
});

test('a submission that Alipay will not take is told with its code, and changes nothing', async () => {
  const world = await startWorld();
  const { gateway } = world;
  const { submit, booked } = registrarsOf(world);
  const { storeId } = await aStore(world);
  await gateway.fault(OFFLINE_MAINTAIN, 'refuse:PARAM_ILLEGAL');

  expect(await submit(storeId)).toMatchObject({
    store: {
      ...{ registration: 'UNREGISTERED', registrationPending: false },
      registrationFailureCode: 'PARAM_ILLEGAL',
    },
    userErrors: [{ code: 'ALIPAY_REJECTED', alipayCode: 'PARAM_ILLEGAL' }],
  });
  expect(await submit(storeId, { contactEmail: 'nobody' })).toMatchObject({
    store: null,
    userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'contactEmail'] }],
  });
  expect(await booked()).toEqual([]);
});

/** What a submission looks like whose answer was lost, before anybody has asked again. */
const PENDING = { registration: 'UNREGISTERED', registrationPending: true, pendingErrors: 0 };
/** Its answer has nothing that could speak of another store. */
const SETTLED_AT_ONCE = ['other-answer'];

test('whatever becomes of the answer, a submission is received once, and never forgotten', async () => {
  const world = await startWorld({ worker: 'apart', simulator: WAITS });
  const { merchant, gateway } = world;
  const { submit, storeThat, booked } = registrarsOf(world);
  const seen: Record<string, unknown> = {};
  const stores: [string, Awaited<ReturnType<typeof aStore>>][] = [];
  for (const kind of LOST_ANSWERS) {
    const store = await aStore(world);
    stores.push([kind, store]);
    await gateway.fault(OFFLINE_MAINTAIN, kind, 1, store.place);
    const { store: shown, userErrors } = await submit(store.storeId);
    seen[kind] = {
      registration: shown?.registration,
      registrationPending: shown?.registrationPending,
      pendingErrors: userErrors.length,
    };
  }
  const unsettled = LOST_ANSWERS.filter((kind) => !SETTLED_AT_ONCE.includes(kind));
  expect(seen).toEqual({
    ...Object.fromEntries(unsettled.map((kind) => [kind, PENDING])),
    'other-answer': { registration: 'UNDER_REVIEW', registrationPending: false, pendingErrors: 0 },
  });

  await world.startWorker();
  const isUnderReview = (store: RegistrationShape): boolean =>
    store.registration === 'UNDER_REVIEW' && !store.registrationPending;
  for (const [, { storeId }] of stores) await storeThat(storeId, isUnderReview);

  expect((await booked()).map(({ store_id: id }) => id).sort()).toEqual(
    stores.map(([, { place }]) => place.store_id).sort(),
  );
  const sent = await callsPerStore(world);
  expect(
    Object.fromEntries(stores.map(([kind, { place }]) => [kind, sent.get(place.store_id)])),
  ).toEqual(Object.fromEntries(LOST_ANSWERS.map((kind) => [kind, TOOK_EFFECT.has(kind) ? 1 : 2])));
  expect((await merchant.gatewayCalls({ service: QUERY_STATUS })).length).toBeGreaterThan(0);
});

/** Where Alipay had it all along, nothing is sent again: that could begin its review anew. */
const TOOK_EFFECT: ReadonlySet<string> = new Set([
  ...['timeout-after-effect', 'reset-after-effect', 'system-error-after-effect'],
  ...['bad-signature', 'unsigned', 'other-answer'],
]);

async function callsPerStore({ graphql }: World): Promise<Map<string, number>> {
  const text = `query ($service: String) {
    gatewayCalls(first: 100, service: $service) { nodes { request } } }`;
  const { gatewayCalls } = await graphql<{
    gatewayCalls: { nodes: { request: Record<string, string> }[] };
  }>({ text }, { service: OFFLINE_MAINTAIN });
  const ids = gatewayCalls.nodes.map(({ request }) => request['store_id'] ?? '');
  return new Map(ids.map((id) => [id, ids.filter((other) => other === id).length]));
}

test('what is kept and logged of a registration leads to none of the persons behind it', async () => {
  const world = await startWorld();
  const { merchant, logged } = world;
  const { submit } = registrarsOf(world);
  const { storeId } = await aStore(world);
  await submit(storeId);

  const calls = await merchant.gatewayCalls({ service: OFFLINE_MAINTAIN });
  const kept = JSON.stringify([calls, logged]);

  expect(calls).toMatchObject([{ outcome: 'SUCCEEDED', request: { shareholder_id: '****4567' } }]);
  for (const personal of ['A1234567', '陳大文', '2345 6789', 'owner@teahouse']) {
    expect(kept).not.toContain(personal);
  }
});

test('an update of a registered store is reviewed; one that is refused leaves it registered', async () => {
  const world = await startWorld({ simulator: WAITS });
  const { merchant } = world;
  const { submit, refresh, decide, booked } = registrarsOf(world);
  const { storeId, place } = await aStore(world);
  await submit(storeId);
  await decide(place, 'SUCCESS');
  await refresh(storeId);
  const { qrCode } = await merchant.createQrCode({ storeId });
  await merchant.modifyQrCode({ qrCodeId: qrCode?.id, storeName: '翡翠茶餐廳（新）' });

  expect(await submit(storeId)).toMatchObject({ store: { registration: 'MODIFICATION_REVIEW' } });
  expect(await booked()).toMatchObject([{ fields: { store_name: '翡翠茶餐廳（新）' } }]);
  await decide(place, 'FAILED', 'The name differs from the licence.');

  expect(await refresh(storeId)).toMatchObject({
    store: { registration: 'REGISTERED', rejectReason: 'The name differs from the licence.' },
  });
});

test('a review goes on over restarts of both sides, and a store put away shows so', async () => {
  const world = await startWorld({ books: 'on disk', simulator: { timeScale: 1 } });
  const { gateway } = world;
  const { submit, refresh, decide } = registrarsOf(world);
  const { storeId, place } = await aStore(world);
  await submit(storeId);

  await world.stopApi();
  await world.stopGateway();
  await world.startGateway();
  await world.startApi();

  expect(await refresh(storeId)).toMatchObject({ store: { registration: 'UNDER_REVIEW' } });
  await gateway.call('POST /clock', { offsetMs: REVIEW_MS });
  expect(await refresh(storeId)).toMatchObject({ store: { registration: 'REGISTERED' } });
  await decide(place, 'ARCHIVED');
  expect(await refresh(storeId)).toMatchObject({ store: { registration: 'ARCHIVED' } });
});

test('while Alipay is silent a refresh says so, and shows what is known', async () => {
  const world = await startWorld({ simulator: WAITS });
  const { submit, refresh } = registrarsOf(world);
  const { storeId } = await aStore(world);
  await submit(storeId);
  await world.stopGateway();

  expect(await refresh(storeId)).toMatchObject({
    store: { registration: 'UNDER_REVIEW' },
    userErrors: [{ code: 'ALIPAY_UNAVAILABLE' }],
  });
  await world.startGateway();
});

test('the other readings of Alipay’s pages end in the same', async () => {
  const readings = [
    { registrationResult: 'root', failureWord: 'FAILED', answerCharset: 'GBK' },
    { registrationReview: 'passes', unknownWord: 'UNKNOWN' },
    { registrationContent: 'withheld', refusedUpdate: 'unregisters' },
  ] as const;
  const ends = await Promise.all(
    readings.map(async (variants) => {
      const world = await startWorld({ simulator: { variants, timeScale: 600 } });
      const { submit, storeThat } = registrarsOf(world);
      const { storeId } = await aStore(world);
      await submit(storeId);
      const end = await storeThat(storeId, ({ registration }) => registration === 'REGISTERED');
      return end.registrationPending;
    }),
  );

  expect(ends).toEqual(readings.map(() => false));
});

test('two people who submit the same store at once make one submission', async () => {
  const world = await startWorld();
  const { submit } = registrarsOf(world);
  const { storeId, place } = await aStore(world);
  await world.gateway.fault(OFFLINE_MAINTAIN, 'slow:500');

  const first = submit(storeId);
  await waitFor('the submission to be on record', async () => {
    const { registrationPending } = await registrarsOf(world).storeOf(storeId);
    return registrationPending;
  });
  const others = await Promise.all([submit(storeId), submit(storeId, { contactNo: '1' })]);

  expect(others).toMatchObject([
    { store: { registrationPending: true }, userErrors: [] },
    { store: null, userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }] },
  ]);
  expect(await first).toMatchObject({ store: { registration: 'UNDER_REVIEW' }, userErrors: [] });
  expect((await callsPerStore(world)).get(place.store_id)).toBe(1);
});
