import { readFileSync } from 'node:fs';

import { puttingUp } from './put-up';
import { type ReceiversClosed } from './receivers';
import { residentMbOf } from './resident-memory';
import { tellOne } from './stream-sides';
import { startReceivers, type StreamStage } from './stream-stage';
import { apiLogFile, TOKEN } from './subject';
import { PAYMENTS } from './subscriber';

/** What becomes of subscribers that stop reading, and of the process that serves them. */
export interface SlowResult {
  readonly slow: number;
  /** Of one message that they do not read. */
  readonly messageBytes: number;
  readonly events: number;
  /** From the first event to the last one's farewell; null when one was never sent away. */
  readonly closedAfterSeconds: number | null;
  /** How many were closed with which code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Messages that they were sent in all, most of which lay in the network's own buffers. */
  readonly messages: number;
  /** Of the server, in MB: before the events, at most, and afterwards. */
  readonly restMb: number | null;
  readonly peakMb: number | null;
  readonly afterMb: number | null;
}

const API_NAME = 'slow';
const FAREWELL = 'a subscriber was too slow and was closed';
const patienceMs = 120_000;

/** Forty times the same payment: what is not read must fill the network's buffers first. */
const FAT = /* GraphQL */ `
  subscription Fat($storeId: ID) {
    paymentReceived(storeId: $storeId) {
      ${Array.from({ length: 40 }, (_, index) => `p${index}: transaction { ...Whole }`).join('\n')}
    }
  }
  fragment Whole on Transaction {
    id alipayTransId partnerTransId status alipayStatus saleReference buyerLogin paidAt createdAt
    updatedAt cancellableUntil paymentInstitution
    amount { amount currency } refundableAmount { amount currency }
  }
`;

/** One subscriber beside them reads, and must hear of everything. */
export async function measureSlow(stage: StreamStage): Promise<SlowResult> {
  return puttingUp(async (open) => {
    const { options, folder, storeIds, pay, signal, tell } = stage;
    tell(`${options.slow} subscribers that do not read …`);
    const api = await open(stage.startApi(API_NAME));
    const attentive = await open(startReceivers(folder));
    const deaf = await open(startReceivers(folder));
    const asked = {
      type: 'open',
      graphqlUrl: `${api.url}/graphql`,
      token: TOKEN,
      storeIds: storeIds.slice(0, 1),
    };
    await attentive.ask({ ...asked, query: PAYMENTS, subscriptions: 1 });
    const side = { pid: api.pid, receivers: attentive, perEvent: 1, trigger: pay, messages: 0 };
    const warmUp = await startReceivers(folder);
    await warmUp.ask({ ...asked, query: FAT, subscriptions: options.slow });
    for (let event = 0; event < options.events; event += 1) await tellOne(side);
    const { sample } = (await warmUp.ask({
      type: 'expect',
      messages: options.events * options.slow,
      perEvent: options.slow,
    })) as { readonly sample: string };
    await warmUp.close();
    await deaf.ask({ ...asked, query: FAT, subscriptions: options.slow, areDeaf: true });

    const restMb = residentMbOf(api.pid);
    let peakMb = restMb;
    let events = 0;
    const startedAt = performance.now();
    const farewells = (): number =>
      readFileSync(apiLogFile(folder, API_NAME), 'utf8').split(FAREWELL).length - 1;
    while (farewells() < options.slow && performance.now() - startedAt < patienceMs) {
      await tellOne(side);
      events += 1;
      const nowMb = residentMbOf(api.pid);
      peakMb = nowMb === null || peakMb === null ? null : Math.max(peakMb, nowMb);
      signal.throwIfAborted();
    }
    const isClosed = farewells() >= options.slow;
    const closedAfterSeconds = (performance.now() - startedAt) / 1_000;
    const { codes, messages }: ReceiversClosed = isClosed
      ? ((await deaf.ask({ type: 'listen' })) as ReceiversClosed)
      : { codes: [], messages: 0 };
    return {
      slow: options.slow,
      messageBytes: Buffer.byteLength(sample),
      events,
      closedAfterSeconds: isClosed ? closedAfterSeconds : null,
      codes: Object.fromEntries(
        [...new Set(codes)].map((code) => [code, codes.filter((one) => one === code).length]),
      ),
      messages,
      restMb,
      peakMb,
      afterMb: residentMbOf(api.pid),
    };
  });
}
