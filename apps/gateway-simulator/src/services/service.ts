import type { Fields } from '@countersign/alipay-protocol';
import type { Variants } from '../variants';
import type { World } from '../world';

/** What one parameter of a service must look like; a parameter that stands in no table is refused. */
export interface ParameterRule {
  readonly required: boolean;
  /** Characters, unless `bytesMax` says that the document counts bytes. */
  readonly max?: number;
  readonly bytesMax?: number;
  readonly pattern?: RegExp;
  /** JSON needs half-width quotation marks, which no other value may have. */
  readonly isJson?: boolean;
}
export type ParameterTable = Readonly<Record<string, ParameterRule>>;

export interface ServiceContext {
  readonly world: World;
  readonly now: () => Date;
  readonly variants: () => Variants;
  /** How long the review of a registration takes by the gateway's clock. */
  readonly reviewMs: number;
}

/** A service carried its call out, said a business no, or found an argument wrong after all. */
export type ServiceAnswer =
  | { readonly kind: 'answered'; readonly fields: Fields }
  | { readonly kind: 'refused'; readonly error: string; readonly why: string };

/** One service of the gateway: what it takes, what it does, how it says no. */
export interface Service {
  readonly name: string;
  readonly element: 'alipay' | 'qrcodeinfo';
  readonly parameters: ParameterTable;
  /** The service's own shape of time: Beijing text, or milliseconds as well; null where it takes none. */
  readonly timestamp: 'beijing' | 'milliseconds-or-beijing' | null;
  readonly run: (context: ServiceContext, fields: Fields) => ServiceAnswer;
  /** A signed business no, in the place where this service says it. */
  readonly sayNo: (context: ServiceContext, fields: Fields, code: string) => Fields;
  /** A signed answer that does not know its own result. */
  readonly sayUnknown: (context: ServiceContext, fields: Fields) => Fields;
}

const TEXT_64 = { max: 64 } as const;

/** Parameters that every service has. Refund and query may leave the charset out (then it is GBK). */
export function basicParameters({ charset }: { charset: 'required' | 'optional' }): ParameterTable {
  return {
    service: { required: true, ...TEXT_64 },
    partner: { required: true, pattern: /^\d{16}$/ },
    _input_charset: { required: charset === 'required', pattern: /^(?:utf-8|gbk|gb2312)$/i },
    sign_type: { required: true, max: 4 },
    sign: { required: true },
  };
}

export const NOTIFY_URL: ParameterRule = { required: false, max: 200, pattern: /^https?:\/\/\S+$/ };

/** The named fields of a message that are there, to be echoed. */
export function echo(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = fields[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

export function answered(fields: Fields): ServiceAnswer {
  return { kind: 'answered', fields };
}

export function refused(error: string, why: string): ServiceAnswer {
  return { kind: 'refused', error, why };
}

/** A parameter that `check-request` has already required. */
export function given(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined) throw new Error(`${name} was used without being required`);
  return value;
}

/** The length as people count it, a character outside the basic plane being one. */
export function charactersIn(text: string): number {
  return Array.from(text).length;
}
