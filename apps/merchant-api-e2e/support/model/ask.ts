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
  const begun = [performance.now(), site.now().getTime(), site.gatewayNow().getTime()] as const;
  const told = await work();
  return {
    told,
    span: {
      start: begun[0],
      end: performance.now(),
      productTime: [begun[1], site.now().getTime()],
      gatewayTime: [begun[2], site.gatewayNow().getTime()],
    },
  };
}
