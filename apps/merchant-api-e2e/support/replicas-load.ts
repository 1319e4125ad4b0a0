import type { Merchant } from './merchant';
import type { SimulatorControl } from './simulator-control';

/** Customers who pay, and people of the shop who ask, refund and claim, all through one address. */
export interface Load {
  /** Payments made so far, by Alipay's numbers. */
  readonly paid: readonly string[];
  /** Questions and deeds that were answered as they have to be. */
  readonly answered: () => number;
  /** Those that were not, in words; each was asked again. */
  readonly troubles: readonly string[];
  /** Resolves when as many more payments are made. */
  more(payments: number): Promise<void>;
  /** Lets everybody finish what he has begun. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly gateway: SimulatorControl;
  readonly merchant: Merchant;
  readonly codes: readonly string[];
  readonly customers?: number;
}

type Told = 'done' | 'not yet' | { readonly trouble: string };

const CUSTOMERS = 3;
const REST_MS = 60;
/** Nobody asks for ever: a test that failed must end as well. */
const TRIES = 1_000;

export function startLoad({ gateway, merchant, codes, customers = CUSTOMERS }: LoadOptions): Load {
  const paid: string[] = [];
  const troubles: string[] = [];
  const watchers: { readonly count: number; readonly resolve: () => void }[] = [];
  let answered = 0;
  let isOver = false;

  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS));
  const over = (): boolean => isOver;
  const insist = async (what: string, deed: () => Promise<Told>): Promise<void> => {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const told = await deed().catch((error: unknown) => ({ trouble: String(error) }));
      if (told === 'done') {
        answered += 1;
        return;
      }
      if (told !== 'not yet') troubles.push(`${what}: ${told.trouble.slice(0, 300)}`);
      await rest();
    }
    throw new Error(`It was asked for ${TRIES} times: ${what}.`);
  };
  const customer = async (which: number): Promise<void> => {
    for (let round = 0; !over(); round += 1) {
      const qrcode = codes[(which + round) % codes.length] ?? '';
      const { trade_no: tradeNo } = await gateway.pay({ qrcode, amount: '12.50' });
      paid.push(tradeNo);
      for (const watcher of watchers) if (paid.length >= watcher.count) watcher.resolve();
      await rest();
    }
  };
  const asker = async (): Promise<void> => {
    while (!over()) {
      await insist('a list', async () => {
        await merchant.transactions({ first: 5 });
        return 'done';
      });
      await rest();
    }
  };
  /** Each payment that it comes to is claimed, and a part of it given back. */
  const clerk = async (): Promise<void> => {
    let seen = 0;
    while (!over()) {
      await rest();
      const tradeNo = paid.at(-1);
      if (tradeNo === undefined || paid.length === seen) continue;
      seen = paid.length;
      let transactionId = '';
      await insist('a payment', async () => {
        const found = await merchant.transactionBy({ alipayTransId: tradeNo });
        transactionId = found?.id ?? '';
        return found === null ? 'not yet' : 'done';
      });
      const amount = { amount: '1.00', currency: 'HKD' };
      await insist('a refund', async () => {
        const { refund, userErrors } = await merchant.refund({
          ...{ transactionId, idempotencyKey: 'a part', amount },
        });
        return refund === null ? { trouble: JSON.stringify(userErrors) } : 'done';
      });
      await insist('a claim', async () => {
        const { userErrors } = await merchant.claim({ transactionId, saleReference: tradeNo });
        return userErrors.length > 0 ? { trouble: JSON.stringify(userErrors) } : 'done';
      });
    }
  };
  const everybody = Promise.all([
    ...Array.from({ length: customers }, (_, which) => customer(which)),
    asker(),
    asker(),
    clerk(),
  ]);
  everybody.catch(() => undefined); // told by `stop`

  return {
    paid,
    answered: () => answered,
    troubles,
    more: (payments) => {
      const enough = new Promise<void>((resolve) => {
        watchers.push({ count: paid.length + payments, resolve });
      });
      return Promise.race([enough, everybody.then(() => undefined)]);
    },
    stop: async () => {
      isOver = true;
      await everybody;
    },
  };
}
