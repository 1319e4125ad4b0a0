import { type Fields, type Money, parseAmount } from '@countersign/alipay-protocol';

import { AlipayServiceError } from './errors';
import { type Outcome, unknown } from './outcome';

/** What an answer must repeat of its question, by Alipay's names. */
export interface Echoes {
  /** Ids we asked with. One that is present in the answer must be the same. */
  readonly ids: Readonly<Record<string, string | undefined>>;
  /** A success must repeat at least one of them. */
  readonly idNeeded: boolean;
  /** A query's answer names the same trade, and says SUCCESS of itself: it is none to this question. */
  readonly isNoQuery?: true;
  /** The amount we asked for, and the names it is repeated under. */
  readonly amount?: { readonly field: string; readonly asked: Money };
}

/**
 * Binds an answer to its question (decision 6). Alipay's signature covers the answer alone, so a
 * genuine answer to another question would pass it; then we know nothing about ours, whether that
 * answer said yes or no.
 */
export function bindAnswer<Answer>(
  fields: Fields,
  echoes: Echoes,
  outcome: Outcome<Answer>,
): Outcome<Answer> {
  if (outcome.kind === 'UNKNOWN') return outcome;
  const stranger = strangerIn(fields, echoes, outcome.kind === 'SUCCEEDED');
  if (stranger === undefined) return outcome;
  return unknown(
    new AlipayServiceError('ALIPAY_ANSWER_NOT_BOUND', `the signed answer ${stranger}`),
    outcome.kind === 'REJECTED' ? outcome.alipayCode : undefined,
  );
}

/**
 * An answer may repeat its question as it came, beside what is signed. A no carries no id of its own, so
 * that this alone tells one that was meant for another call, as when a proxy hands on a late answer to the
 * call before.
 */
export function boundToWhatItRepeats<Answer>(
  { asked, ids }: { readonly asked: Fields; readonly ids: readonly string[] },
  repeated: Fields,
  outcome: Outcome<Answer>,
): Outcome<Answer> {
  // Whether blanks around a value count, answers disagree (PROTOCOL.md §3.4): here they never do.
  const other = ids.find((name) => {
    const [ours, theirs] = [asked[name]?.trim(), repeated[name]?.trim()];
    return isPlainId(ours) && isPresent(theirs) && ours !== theirs;
  });
  if (other === undefined || outcome.kind === 'UNKNOWN') return outcome;
  return unknown(
    new AlipayServiceError(
      'ALIPAY_ANSWER_NOT_BOUND',
      `the answer repeats a question with another ${other} than was asked with`,
    ),
    outcome.kind === 'REJECTED' ? outcome.alipayCode : undefined,
  );
}

/** An address, as that of a code, may be repeated in another spelling. */
function isPlainId(text: string | undefined): boolean {
  return text !== undefined && /^[\w-]+$/.test(text);
}

/** What in the answer belongs to another question, in words. */
function strangerIn(fields: Fields, echoes: Echoes, isSuccess: boolean): string | undefined {
  const asked = Object.entries(echoes.ids).filter(([, id]) => id !== undefined && id !== '');
  const present = asked.filter(([name]) => isPresent(fields[name]));

  if (echoes.isNoQuery && isPresent(fields['alipay_trans_status'])) {
    return 'tells the state of a trade, which was not asked for';
  }
  const other = present.find(([name, id]) => fields[name] !== id);
  if (other !== undefined) return `speaks of another ${other[0]} than was asked for`;
  if (isSuccess && echoes.idNeeded && present.length === 0) {
    return `repeats none of ${asked.map(([name]) => name).join(', ')}`;
  }
  return echoes.amount && otherAmount(fields, echoes.amount);
}

function otherAmount(
  fields: Fields,
  { field, asked }: { readonly field: string; readonly asked: Money },
): string | undefined {
  const { [field]: amount, currency } = fields;
  if (isPresent(currency) && currency !== asked.currency) {
    return 'speaks of another currency than was asked for';
  }
  // An amount that cannot be read throws here, and is unknown for that reason.
  if (isPresent(amount) && parseAmount(amount, asked.currency).minor !== asked.minor) {
    return `speaks of another ${field} than was asked for`;
  }
  return undefined;
}

function isPresent(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
