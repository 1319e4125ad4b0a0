import { Client } from 'pg';

import { KEY_MATERIAL, TOKEN } from './keys';

/** What may stand in no log and no answer, whatever happened, by what it is. */
export async function secretsOf(databaseUrl: string): Promise<Record<string, readonly string[]>> {
  return {
    'a key': KEY_MATERIAL,
    "the demo's token": [TOKEN],
    'the id of a buyer': await buyersIn(databaseUrl),
  };
}

/** As Alipay tells of them: whole, in what it posts. */
async function buyersIn(databaseUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string | null }>(
      `select distinct substring(encode(body, 'escape') from 'buyer_id=(\\d{16})') as id from notifications`,
    );
    return rows.flatMap(({ id }) => id ?? []);
  } finally {
    await client.end();
  }
}

export function assertNoLeaks(leaks: readonly string[]): void {
  if (leaks.length > 0) throw new Error(`Secrets have left:\n${leaks.join('\n')}`);
}
