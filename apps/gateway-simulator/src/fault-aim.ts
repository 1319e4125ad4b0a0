import type { Fields } from '@countersign/alipay-protocol';

/** What a call must say for a fault to be its own, by Alipay's names; a name inside biz_data counts too. */
export type FaultAim = Readonly<Record<string, string>>;

const NAMES_MAX = 8;

/** Whether a fault is meant for the call with these fields. One without an aim is for every call. */
export function isAimedAt(aim: FaultAim | undefined, fields: Fields): boolean {
  if (aim === undefined) return true;
  let bizData: Readonly<Record<string, unknown>> | undefined;
  return Object.entries(aim).every(([name, value]) => {
    if (fields[name] !== undefined) return fields[name] === value;
    bizData ??= readBizData(fields.biz_data);
    return bizData[name] === value;
  });
}

/** Reads `match` of an order as it came; null when it is none. */
export function readAim(asked: unknown): FaultAim | null {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return null;
  const pairs = Object.entries(asked as Readonly<Record<string, unknown>>);
  const isText = (pair: [string, unknown]): pair is [string, string] => typeof pair[1] === 'string';
  if (pairs.length === 0 || pairs.length > NAMES_MAX || !pairs.every(isText)) return null;
  return Object.fromEntries(pairs.filter(isText));
}

function readBizData(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {}; // the service will refuse it
  }
}
