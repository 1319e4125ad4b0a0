import { type Domain } from '../domain';

/**
 * Works through what is due, all at once; a failure is logged and stops nobody else. Its row comes
 * due again when the lease ends.
 */
export async function eachDue<Row extends { readonly id: string }>(
  domain: Domain,
  due: readonly Row[],
  what: string,
  work: (row: Row) => Promise<unknown>,
): Promise<number> {
  const results = await Promise.allSettled(due.map(work));
  results.forEach((result, index) => {
    if (result.status === 'rejected') {
      const error: unknown = result.reason;
      domain.log?.error(`${what} could not be settled now`, { id: due[index]?.id, error });
    }
  });
  return due.length;
}
