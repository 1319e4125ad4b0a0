import { requireAction } from '../access/access.rules';
import { insertIfAbsent } from '../database/insert-if-absent';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { checkMerchant } from './merchant.rules';
import { Merchant, type MerchantType } from './merchant.entity';

export interface RegisterMerchant {
  readonly caller: Caller;
  readonly alipayMerchantId: string;
  /** What customers read in their wallet. */
  readonly name: string;
  readonly type: MerchantType;
  /** Merchant category code, four digits. */
  readonly industry: string;
}

export type MerchantResult = { readonly merchant: Merchant } | Refusal;

/**
 * Puts a merchant on record. Nothing is sent: Alipay learns of it with its first code. The same
 * again returns it; the same id with other content is refused (decision 10).
 */
export async function registerMerchant(
  domain: Domain,
  command: RegisterMerchant,
): Promise<MerchantResult> {
  requireAction(command.caller, 'REGISTER');
  const complaint = checkMerchant(command);
  if (complaint !== undefined) return complaint;

  const merchant = await domain.database.atomically(domain, async (tx) => {
    if (await insertIfAbsent(tx, Merchant, newMerchant(tx, command))) {
      const { alipayMerchantId, caller } = command;
      domain.log?.info('a merchant is registered', { alipayMerchantId, by: caller.subject });
    }
    return tx.manager.findOneByOrFail(Merchant, { alipayMerchantId: command.alipayMerchantId });
  });
  return differenceOf(merchant, command) ?? { merchant };
}

function newMerchant(tx: Tx, command: RegisterMerchant): Merchant {
  const merchant = new Merchant();
  merchant.id = tx.newId();
  merchant.alipayMerchantId = command.alipayMerchantId;
  merchant.name = command.name;
  merchant.type = command.type;
  merchant.industry = command.industry;
  merchant.createdAt = tx.now();
  merchant.updatedAt = tx.now();
  return merchant;
}

const CONTENT = ['name', 'type', 'industry'] as const;

function differenceOf(merchant: Merchant, command: RegisterMerchant): Refusal | undefined {
  const field = CONTENT.find((name) => merchant[name] !== command[name]);
  if (field === undefined) return undefined;
  return refuse(
    'INVALID_INPUT',
    `The merchant ${merchant.alipayMerchantId} is registered already, and its ${field} is "${merchant[field]}": give that, or register another id.`,
    { field: [field] },
  );
}
