import {
  AlipayProtocolError,
  parseGatewayTime,
  verifyFields,
  type Fields,
} from '@countersign/alipay-protocol';
import { SIGN_TYPES, type SignTypeName } from './books/records';
import type { Clock } from './clock';
import type { KeyRing } from './key-ring';
import { SERVICES } from './services/service-table';
import { charactersIn, type ParameterRule, type Service } from './services/service';
import type { Variants } from './variants';

export interface RequestChecks {
  readonly partnerId: string;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly variants: () => Variants;
}

export type CheckedRequest =
  | { readonly service: Service; readonly signType: SignTypeName }
  | { readonly error: string; readonly why: string };

const TIMESTAMP_WINDOW_MS = 30 * 60 * 1000;
const ENDLESS_NAMES_MAX = 64;

/** The gateway's own checks, in the order in which it refuses. Whatever fails here has had no effect. */
export function checkRequest(checks: RequestChecks, fields: Fields): CheckedRequest {
  if (fields.partner !== checks.partnerId) return no('ILLEGAL_PARTNER', 'partner is not ours');
  const signType = SIGN_TYPES.find((known) => known === fields.sign_type);
  if (!signType) return no('ILLEGAL_SIGN_TYPE', 'sign_type is none of MD5, RSA, RSA2');
  const missingKey = checks.keys.missingFor(signType);
  if (missingKey) return no(missingKey, `the simulator has no keys for ${signType}`);
  const why = signatureFault(checks.keys, fields, signType);
  if (why) return no('ILLEGAL_SIGN', why);

  const service = SERVICES.get(fields.service ?? '');
  if (!service) return no('ILLEGAL_SERVICE', 'service is unknown; names are case-sensitive');
  const undefinedName = Object.keys(fields).find(
    (name) => !Object.hasOwn(service.parameters, name),
  );
  if (undefinedName !== undefined) {
    return no(
      'ILLEGAL_SIGN',
      `${service.name} defines no parameter ${undefinedName.slice(0, ENDLESS_NAMES_MAX)}`,
    );
  }
  const fault = argumentFault(service, fields);
  if (fault) return no('ILLEGAL_ARGUMENT', fault);
  return timestampFault(checks, service, fields) ?? { service, signType };
}

function no(error: string, why: string): { error: string; why: string } {
  return { error, why };
}

/** Null when the signature holds; else why it does not, as far as that can be told. */
function signatureFault(keys: KeyRing, fields: Fields, signType: SignTypeName): string | null {
  const charset = fields._input_charset ?? 'GBK'; // HK's default where the parameter may be absent
  try {
    verifyFields(fields, keys.verifier(signType), { charset });
    return null;
  } catch (error) {
    if (!(error instanceof AlipayProtocolError)) throw error;
    return error.message;
  }
}

function argumentFault(service: Service, fields: Fields): string | null {
  for (const [name, rule] of Object.entries(service.parameters)) {
    const value = fields[name];
    if (value === undefined || value === '') {
      if (rule.required) return `${name} is missing`;
      continue;
    }
    const fault = valueFault(value, rule);
    if (fault) return `${name} ${fault}`;
  }
  return null;
}

function valueFault(value: string, rule: ParameterRule): string | null {
  if (!rule.isJson && value.includes('"')) return 'has a half-width quotation mark';
  if (rule.max !== undefined && charactersIn(value) > rule.max) return `is longer than ${rule.max}`;
  if (rule.bytesMax !== undefined && Buffer.byteLength(value) > rule.bytesMax) {
    return `has more than ${rule.bytesMax} bytes`;
  }
  return rule.pattern && !rule.pattern.test(value) ? 'is malformed' : null;
}

/** A request lives for 30 minutes. Tests move the gateway's clock, so nearness to the real one counts too. */
function timestampFault(
  { clock, variants }: RequestChecks,
  service: Service,
  fields: Fields,
): { error: string; why: string } | null {
  const text = fields.timestamp;
  if (service.timestamp === null || text === undefined) return null;
  const time = parseTimestamp(text, service.timestamp);
  if (!time) return no('ILLEGAL_ARGUMENT', 'timestamp is malformed');
  const isNear = [clock.now(), clock.realNow()].some(
    (now) => Math.abs(now.getTime() - time.getTime()) <= TIMESTAMP_WINDOW_MS,
  );
  return isNear ? null : no(variants().expiredTimestamp, 'timestamp is more than 30 minutes away');
}

function parseTimestamp(text: string, shape: NonNullable<Service['timestamp']>): Date | null {
  if (shape === 'milliseconds-or-beijing' && /^\d{13}$/.test(text)) return new Date(Number(text));
  if (!text.includes(' ')) return null; // digits alone are the answers' shape, not the requests'
  try {
    return parseGatewayTime(text);
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}
