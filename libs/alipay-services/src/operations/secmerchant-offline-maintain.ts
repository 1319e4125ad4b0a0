import { formatGatewayTime } from '@countersign/alipay-protocol';

import { type SecondaryMerchantId, type StoreId } from '../ids';
import { type Operation } from '../operation';
import { checkText, firstComplaint, type RequestComplaint } from '../request-checks';
import {
  checkStoreRegistration,
  encodeStoreRegistration,
  type StoreRegistration,
} from '../store-registration';
import { readVerdict } from '../verdict';

/** A driver of a taxi, whose store is the taxi (merchant category 4121). */
export interface TaxiDriver {
  /** Unique, letters and digits; given at the first registration and never changed. */
  readonly operationId: string;
  readonly contactPerson: string;
  readonly contactWay?: string | undefined;
}

export interface SecmerchantOfflineMaintainRequest extends StoreRegistration {
  /** Needed for taxis alone: ten at most. */
  readonly extendParams?: readonly TaxiDriver[] | undefined;
}

/** It was received, and is under review: whether it passes, queryStatus tells. */
export interface SecmerchantOfflineMaintainAnswer {
  readonly secondaryMerchantId: SecondaryMerchantId;
  readonly storeId: StoreId;
}

/**
 * Registers a store of a secondary merchant, or updates it: the latest content wins, and a repeat is
 * harmless. The answer repeats nothing that we asked with, so that only queryStatus can say what
 * Alipay has on record.
 */
export const secmerchantOfflineMaintain: Operation<
  SecmerchantOfflineMaintainRequest,
  SecmerchantOfflineMaintainAnswer
> = {
  service: 'alipay.overseas.secmerchant.offline.maintain',
  check: checkSecmerchantOfflineMaintain,
  encode: (request, now) => ({
    timestamp: formatGatewayTime(now),
    ...encodeStoreRegistration(request),
    extend_params: encodeDrivers(request.extendParams),
  }),
  echoes: ({ secondaryMerchantId, storeId }) => ({
    ids: { secondary_merchant_id: secondaryMerchantId, store_id: storeId },
    idNeeded: false,
  }),
  decode: (answer, { secondaryMerchantId, storeId }) =>
    readVerdict(answer, () => ({ secondaryMerchantId, storeId })),
};

/** The first thing wrong with a registration, before anything is written or sent. */
export function checkSecmerchantOfflineMaintain(
  request: SecmerchantOfflineMaintainRequest,
  charset = 'UTF-8',
): RequestComplaint | undefined {
  return firstComplaint(
    checkStoreRegistration(request, charset),
    ...(request.extendParams ?? []).flatMap(driverComplaints),
    checkDrivers(request),
  );
}

const TAXI = '4121';
const driversMax = 10;
const driversCharactersMax = 1024;

/** One parameter that holds a JSON list; not sent when there is no driver. */
function encodeDrivers(drivers: readonly TaxiDriver[] = []): string | undefined {
  if (drivers.length === 0) return undefined;
  return JSON.stringify(
    drivers.map(({ operationId, contactWay, contactPerson }) => ({
      operation_id: operationId,
      contact_way: contactWay === '' ? undefined : contactWay,
      contact_person: contactPerson,
    })),
  );
}

function driverComplaints(
  { operationId, contactWay, contactPerson }: TaxiDriver,
  index: number,
): (RequestComplaint | undefined)[] {
  const whole = `extendParams.${index}`;
  return [
    checkText(`${whole}.operationId`, operationId, {
      lengthMax: 64,
      pattern: /^[A-Za-z0-9]+$/,
      patternSays: 'may hold only letters and digits',
    }),
    checkText(`${whole}.contactWay`, contactWay, {
      optional: true,
      lengthMax: 256,
      pattern: /^[\d+\- ]+$/,
      patternSays: 'may hold only digits, blanks, + and -',
    }),
    checkText(`${whole}.contactPerson`, contactPerson, { lengthMax: 64 }),
  ];
}

function checkDrivers({
  storeIndustry,
  extendParams = [],
}: SecmerchantOfflineMaintainRequest): RequestComplaint | undefined {
  const field = 'extendParams';
  if (storeIndustry === TAXI && extendParams.length === 0) {
    return { field, message: 'is missing: a taxi (4121) names its drivers' };
  }
  if (extendParams.length > driversMax) {
    return { field, message: `holds more than ${driversMax} drivers` };
  }
  return (encodeDrivers(extendParams) ?? '').length > driversCharactersMax
    ? { field, message: `is longer than ${driversCharactersMax} characters` }
    : undefined;
}
