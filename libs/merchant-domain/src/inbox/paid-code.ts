import { type EntityManager, In } from 'typeorm';

import { QrCode } from '../qr-code/qr-code.entity';

/**
 * The codes that customers paid at, by those whose addresses messages came to. The address of one that was
 * refused, because Alipay gave a code on record in its place, stands for that code.
 */
export async function findPaidCodes(
  manager: EntityManager,
  addressed: readonly string[],
): Promise<ReadonlyMap<string, QrCode>> {
  const codes = await manager.findBy(QrCode, { id: In(addressed) });
  const sharedIds = codes.flatMap(({ sameAsId }) => (sameAsId === null ? [] : [sameAsId]));
  const shared = sharedIds.length === 0 ? [] : await manager.findBy(QrCode, { id: In(sharedIds) });
  return new Map(
    codes.map((code) => [code.id, shared.find(({ id }) => id === code.sameAsId) ?? code]),
  );
}

/** The same for one message; null where its address is that of no code. */
export async function findPaidCode(
  manager: EntityManager,
  addressed: string | null,
): Promise<QrCode | null> {
  if (addressed === null) return null;
  return (await findPaidCodes(manager, [addressed])).get(addressed) ?? null;
}
