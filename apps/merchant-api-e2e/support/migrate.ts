import { openDatabase } from '@countersign/merchant-domain';

/** Books as before their first start: a copy of them, as of a template, is no restored backup. */
export async function migrate(url: string): Promise<void> {
  const database = await openDatabase({ url, migrate: true });
  await database.manager.query('update deployment set database_identity = null');
  await database.close();
}
