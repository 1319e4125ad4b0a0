import { isDeepStrictEqual } from 'node:util';

import {
  checkSecmerchantOfflineMaintain,
  type Rejected,
  type SecmerchantQueryStatusAnswer,
  type StoreRegistration,
} from '@countersign/alipay-services';

import { type Refusal, refuse } from '../domain';
import { because } from '../gateway-call/alipay-no';
import { type Place } from '../qr-code/biz-data.rules';
import { type RegistrationStatus, type Store } from './store.entity';

/** What a registration says beyond what is on record of the store and its merchant. */
export interface RegistrationDetails {
  readonly registrationNo?: string | null | undefined;
  readonly representativeName?: string | null | undefined;
  readonly representativeId?: string | null | undefined;
  readonly shareholderName?: string | null | undefined;
  readonly shareholderId?: string | null | undefined;
  readonly contactNo?: string | null | undefined;
  readonly contactEmail?: string | null | undefined;
}

const DETAILS = [
  'registrationNo',
  'representativeName',
  'representativeId',
  'shareholderName',
  'shareholderId',
  'contactNo',
  'contactEmail',
] as const satisfies readonly (keyof RegistrationDetails)[];

/** The whole content of a registration; a repeat sends the very same, whatever changes meanwhile. */
export function registrationOf(
  { store, merchant }: Place,
  details: RegistrationDetails,
): StoreRegistration {
  const given = DETAILS.flatMap((name) => {
    const text = details[name]?.trim() ?? '';
    return text === '' ? [] : [[name, text] as const];
  });
  return {
    secondaryMerchantName: merchant.name,
    secondaryMerchantId: merchant.alipayMerchantId,
    secondaryMerchantType: merchant.type,
    storeId: store.alipayStoreId,
    storeName: store.name,
    storeCountry: store.countryCode,
    storeAddress: store.address ?? '',
    storeIndustry: merchant.industry,
    registerCountry: store.countryCode,
    ...Object.fromEntries(given),
  };
}

/** What Alipay would not take, told of the command's own field. */
export function refuseRegistration(registration: StoreRegistration): Refusal | undefined {
  const complaint = checkSecmerchantOfflineMaintain(registration);
  if (complaint === undefined) return undefined;
  if (complaint.field === 'extendParams') {
    return refuse(
      'INVALID_INPUT',
      "This merchant is a taxi (4121), and Alipay wants its drivers named: register it in Alipay's portal, then refresh the store here.",
      { field: ['storeId'] },
    );
  }
  const isDetail = DETAILS.some((name) => name === complaint.field);
  return refuse(
    'INVALID_INPUT',
    `${LABELS[complaint.field] ?? complaint.field} ${complaint.message}.`,
    {
      field: [isDetail ? complaint.field : 'storeId'],
    },
  );
}

const LABELS: Readonly<Partial<Record<string, string>>> = {
  secondaryMerchantName: "The merchant's name",
  storeName: "The store's name",
  storeAddress: "The store's address",
  registrationNo: 'The registration number',
  representativeName: "The representative's name",
  representativeId: "The representative's id",
  shareholderName: "The shareholder's name",
  shareholderId: "The shareholder's id",
  contactNo: 'The telephone number',
  contactEmail: 'The e-mail address',
};

/** Whether to submit, or what else to say: one submission at a time, or the older could win. */
export function decideSubmission(
  { pendingRegistration, registrationCheckAt }: Store,
  asked: StoreRegistration,
): Refusal | 'ASK' | 'NOTHING_TO_DO' {
  if (pendingRegistration === null) return 'ASK';
  if (isDeepStrictEqual(pendingRegistration, asked)) return 'NOTHING_TO_DO';
  const when = registrationCheckAt === null ? 'soon' : `at ${registrationCheckAt.toISOString()}`;
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    `Alipay has not answered yet whether it received the last submission of this store, with other content; it is asked again ${when}. Wait for that answer first.`,
  );
}

/** Where a store stands once Alipay has received what was submitted. */
export function statusAfterSubmission(registration: RegistrationStatus): RegistrationStatus {
  return registration === 'REGISTERED' || registration === 'MODIFICATION_REVIEW'
    ? 'MODIFICATION_REVIEW'
    : 'UNDER_REVIEW';
}

/** What Alipay's word makes of a store; nothing for a word that is new, or that it knows no store. */
export function registrationTold({
  status,
  storeStatus,
}: Pick<SecmerchantQueryStatusAnswer, 'status' | 'storeStatus'>): RegistrationStatus | undefined {
  if (storeStatus === 'ARCHIVED') return 'ARCHIVED';
  switch (status) {
    case 'SUCCESS':
      return 'REGISTERED';
    case 'UNDER_REVIEW':
      return 'UNDER_REVIEW';
    case 'MODIFICATION_REVIEW':
      return 'MODIFICATION_REVIEW';
    case 'FAILED':
      // An update was refused, and the store is registered as before (PROTOCOL.md, U39).
      return storeStatus === 'ACTIVATED' ? 'REGISTERED' : 'REJECTED';
    default:
      return undefined;
  }
}

export function isUnderReview(registration: RegistrationStatus): boolean {
  return registration === 'UNDER_REVIEW' || registration === 'MODIFICATION_REVIEW';
}

/**
 * Whether Alipay's word proves that it received what has no answer yet: it has that very content, and
 * a state that only the submission can have brought. What was registered before may be the same.
 */
export function provesReceipt(
  store: Pick<Store, 'pendingRegistration' | 'registration'>,
  told: RegistrationStatus,
  content: Partial<StoreRegistration>,
): boolean {
  const { pendingRegistration: asked, registration } = store;
  if (asked === null || content.storeName === undefined) return false;
  const sameContent = Object.entries(content).every(
    ([part, value]) => (asked[part as keyof StoreRegistration] ?? '') === value,
  );
  const sameDetails = DETAILS.every((part) => (content[part] ?? '') === (asked[part] ?? ''));
  return sameContent && sameDetails && (isUnderReview(told) || told !== registration);
}

const FIRST_REVIEW_PAUSE_MS = 5_000;
const LONGEST_REVIEW_PAUSE_MS = 60 * 60_000;

/** How long a review is left alone after it was asked about so many times: it may take days. */
export function reviewPauseMs(asked: number): number {
  return Math.min(FIRST_REVIEW_PAUSE_MS * 2 ** asked, LONGEST_REVIEW_PAUSE_MS);
}

/** Why Alipay's no is a no, and whose turn it is, for a person. */
export function refuseAsAlipay(no: Rejected): Refusal {
  const remedy = no.signed
    ? 'Correct what it objects to, then submit it again.'
    : 'It objects to the request itself (keys, partner id, contract or parameters): this takes whoever runs this system.';
  return refuse(
    'ALIPAY_REJECTED',
    `Alipay refused to take the registration of this store ${because(no.alipayCode, no.message)}. ${remedy}`,
    { alipayCode: no.alipayCode },
  );
}
