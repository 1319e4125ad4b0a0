import type { RefundPayload } from '../documents';
import type { Operation } from '../graphql-client';
import type { Entry, Shop, Span } from './shop';
import type { Site } from './site';

/** Asks, and writes the answer down, or that there was none. */
export async function ask(
  site: Site,
  shop: Shop,
  asked: Pick<Entry, 'kind' | 'trade' | 'code' | 'input'>,
  operation: Operation<object>,
): Promise<Entry> {
  await site.awake();
  const { told, span } = await timed(site, async () => {
    try {
      const { data, errors } = await site.ask(operation, { input: asked.input });
      const [answer] = Object.values(data ?? {}) as (RefundPayload | null)[];
      if (errors.length > 0 || answer === null || answer === undefined) {
        return { trouble: `GraphQL answered ${JSON.stringify(errors)}` };
      }
      return { answer: answer };
    } catch (error) {
      return { trouble: String(error) };
    }
  });
  const entry: Entry = { ...asked, ...span, ...told };
  shop.history.push(entry);
  return entry;
}

export async function timed<Told>(
  site: Site,
  work: () => Promise<Told>,
): Promise<{ told: Told; span: Span }> {
  const start = performance.now();
  const [begun] = site.timesSince(start);
  const told = await work();
  const times = [begun, ...site.timesSince(start)].filter((one) => one !== undefined);
  return {
    told,
    span: {
      start,
      end: performance.now(),
      productTime: times.map(({ product }) => product),
      gatewayTime: times.map(({ gateway }) => gateway),
    },
  };
}
