import { type Compared, type Disagreement, type Weight } from '@countersign/merchant-domain';

type Found = Readonly<Record<Weight, number>>;

/** One disagreement for a person: what, where, both sides, and what to do. */
export function inWords(one: Disagreement): string {
  const { weight, kind, record, id, field, books, evidence, remedy } = one;
  const sides = `books ${books ?? 'nothing'}, evidence ${evidence ?? 'none'}`;
  return oneLine(`${weight} ${kind} ${record} ${id} ${field}: ${sides}. ${remedy}`);
}

export function asJson(one: Disagreement): string {
  return JSON.stringify({ type: 'disagreement', ...one });
}

/** What was compared, and what came of it. */
export function summaryInWords(compared: Compared, { WRONG, UNPROVEN, OPEN }: Found): string {
  const records = Object.entries(NAMES).map(([name, words]) =>
    counted(compared[name as keyof Compared], words),
  );
  const results = [
    counted(WRONG, ['disagreement', 'disagreements']),
    ...(UNPROVEN === 0 ? [] : [`${grouped(UNPROVEN)} unproven`]),
    ...(OPEN === 0 ? [] : [`${grouped(OPEN)} open`]),
  ];
  return `${records.join(', ')} compared: ${results.join(', ')}`;
}

export function summaryAsJson(compared: Compared, { WRONG, UNPROVEN, OPEN }: Found): string {
  return JSON.stringify({
    type: 'summary',
    compared,
    disagreements: WRONG,
    unproven: UNPROVEN,
    open: OPEN,
  });
}

const NAMES: Readonly<Record<keyof Compared, readonly [one: string, many: string]>> = {
  transactions: ['transaction', 'transactions'],
  refunds: ['refund', 'refunds'],
  cancels: ['cancel', 'cancels'],
  qrCodes: ['code', 'codes'],
  notifications: ['notification', 'notifications'],
  events: ['event', 'events'],
  gatewayCalls: ['call', 'calls'],
};

function counted(count: number, [one, many]: readonly [one: string, many: string]): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** What came from outside may hold line ends, and escapes that a terminal would obey. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
