import { type Fields } from '@countersign/alipay-protocol';

import { bytesIn, checkText, type RequestComplaint, type TextRule } from './request-checks';

/**
 * What a registration says of a secondary merchant and one of its stores. Which of the optional
 * parts Alipay insists on, and for whom, its sources do not agree on (PROTOCOL.md, U37).
 */
export interface StoreRegistration {
  /** The registered legal name; for an INDIVIDUAL the owner's full legal name. */
  readonly secondaryMerchantName: string;
  readonly secondaryMerchantId: string;
  readonly secondaryMerchantType: 'INDIVIDUAL' | 'ENTERPRISE';
  /** Unique within the partner and the merchant. A taxi's is its licence plate. */
  readonly storeId: string;
  readonly storeName: string;
  /** ISO 3166-1 alpha-2, as is `registerCountry`. */
  readonly storeCountry: string;
  readonly storeAddress: string;
  /** Merchant category code, four digits. */
  readonly storeIndustry: string;
  /** Where the merchant is registered as a business. */
  readonly registerCountry: string;
  readonly registerAddress?: string | undefined;
  readonly registrationNo?: string | undefined;
  readonly shareholderName?: string | undefined;
  readonly shareholderId?: string | undefined;
  readonly representativeName?: string | undefined;
  readonly representativeId?: string | undefined;
  /** The bank account that Alipay settles to. */
  readonly settlementNo?: string | undefined;
  readonly contactNo?: string | undefined;
  readonly contactEmail?: string | undefined;
  /** Customer service, by telephone and by e-mail. */
  readonly csNo?: string | undefined;
  readonly csEmail?: string | undefined;
  /** Addresses of pictures. */
  readonly internalStorePhoto?: string | undefined;
  readonly externalStorefrontPhoto?: string | undefined;
}

/** The parameters of a registration, by Alipay's names. */
export function encodeStoreRegistration(
  registration: StoreRegistration,
): Record<string, string | undefined> {
  return Object.fromEntries(PARTS.map(([part, { wire }]) => [wire, registration[part]]));
}

/** The parts of a registration that an answer tells; a merchant type that is none is left out. */
export function decodeStoreRegistration(fields: Fields): Partial<StoreRegistration> {
  const told = PARTS.flatMap(([part, { wire }]) => {
    const value = fields[wire];
    if (value === undefined || value === '') return [];
    return part === 'secondaryMerchantType' && !TYPE.test(value) ? [] : [[part, value] as const];
  });
  return Object.fromEntries(told); // each text under its own name
}

/**
 * The first thing wrong with a registration. Lengths are counted in bytes of the request's charset,
 * as Alipay's sibling pages label them (U37).
 */
export function checkStoreRegistration(
  registration: StoreRegistration,
  charset = 'UTF-8',
): RequestComplaint | undefined {
  for (const [part, { bytesMax, ...rule }] of PARTS) {
    const value = registration[part];
    const complaint = checkText(part, value, rule);
    if (complaint !== undefined) return complaint;
    if (value !== undefined && bytesIn(value, charset) > bytesMax) {
      return { field: part, message: `is longer than ${bytesMax} bytes` };
    }
  }
  return undefined;
}

export const secondaryMerchantIdRule = {
  pattern: /^\w+$/,
  patternSays: 'may hold only letters, digits and _',
} as const satisfies TextRule;

interface PartRule extends TextRule {
  readonly wire: string;
  readonly bytesMax: number;
}

const TYPE = /^(?:INDIVIDUAL|ENTERPRISE)$/;
const COUNTRY = {
  bytesMax: 2,
  pattern: /^[A-Z]{2}$/,
  patternSays: 'must be a country code of two capital letters',
};
const TELEPHONE = {
  optional: true,
  bytesMax: 64,
  pattern: /^[\d+\-() ]+$/,
  patternSays: 'may hold only digits, blanks and + - ( )',
};
const EMAIL = {
  optional: true,
  bytesMax: 128,
  pattern: /^[^\s@]+@[^\s@]+$/,
  patternSays: 'is no e-mail address',
};

const RULES = {
  secondaryMerchantName: { wire: 'secondary_merchant_name', bytesMax: 128 },
  secondaryMerchantId: {
    wire: 'secondary_merchant_id',
    bytesMax: 64,
    ...secondaryMerchantIdRule,
  },
  secondaryMerchantType: {
    wire: 'secondary_merchant_type',
    bytesMax: 10,
    pattern: TYPE,
    patternSays: 'must be INDIVIDUAL or ENTERPRISE',
  },
  storeId: { wire: 'store_id', bytesMax: 64 },
  storeName: { wire: 'store_name', bytesMax: 256 },
  storeCountry: { wire: 'store_country', ...COUNTRY },
  storeAddress: { wire: 'store_address', bytesMax: 330 },
  storeIndustry: {
    wire: 'store_industry',
    bytesMax: 4,
    pattern: /^\d{4}$/,
    patternSays: 'must be a merchant category code of four digits',
  },
  registerCountry: { wire: 'register_country', ...COUNTRY },
  registerAddress: { wire: 'register_address', optional: true, bytesMax: 256 },
  registrationNo: { wire: 'registration_no', optional: true, bytesMax: 128 },
  shareholderName: { wire: 'shareholder_name', optional: true, bytesMax: 64 },
  shareholderId: { wire: 'shareholder_id', optional: true, bytesMax: 128 },
  representativeName: { wire: 'representative_name', optional: true, bytesMax: 64 },
  representativeId: { wire: 'representative_id', optional: true, bytesMax: 128 },
  settlementNo: {
    wire: 'settlement_no',
    optional: true,
    bytesMax: 64,
    pattern: /^[A-Za-z0-9]+$/,
    patternSays: 'may hold only letters and digits',
  },
  contactNo: { wire: 'contact_no', ...TELEPHONE },
  contactEmail: { wire: 'contact_email', ...EMAIL },
  csNo: { wire: 'cs_no', ...TELEPHONE },
  csEmail: { wire: 'cs_email', ...EMAIL },
  internalStorePhoto: { wire: 'internal_store_photo', optional: true, bytesMax: 256 },
  externalStorefrontPhoto: { wire: 'external_storefront_photo', optional: true, bytesMax: 256 },
} as const satisfies Record<keyof StoreRegistration, PartRule>;

const PARTS = Object.entries(RULES) as [keyof StoreRegistration, PartRule][];
