import { type Fields, formatGatewayTime } from '@countersign/alipay-protocol';

import { type SecondaryMerchantId, type StoreId } from '../ids';
import { type Operation } from '../operation';
import { type Outcome, succeeded } from '../outcome';
import { checkText, firstComplaint, type RequestComplaint } from '../request-checks';
import {
  decodeStoreRegistration,
  secondaryMerchantIdRule,
  type StoreRegistration,
} from '../store-registration';
import { errorCodeOf, readRefusal, readVerdict, undecided } from '../verdict';

export interface SecmerchantQueryStatusRequest {
  readonly secondaryMerchantId: SecondaryMerchantId;
  readonly storeId: StoreId;
}

/**
 * Of the latest registration or update. An open list: a state we do not know is passed on as it is.
 * NOT_FOUND is ours, for Alipay's no with a code that begins with DAT (PROTOCOL.md, U38).
 */
export type SecmerchantStatus =
  'SUCCESS' | 'UNDER_REVIEW' | 'MODIFICATION_REVIEW' | 'FAILED' | 'NOT_FOUND' | (string & {});

/** Of the store itself: registered, not registered, put away. An open list. */
export type SecmerchantStoreStatus = 'ACTIVATED' | 'INACTIVATE' | 'ARCHIVED' | (string & {});

export interface SecmerchantQueryStatusAnswer {
  readonly secondaryMerchantId: SecondaryMerchantId;
  readonly storeId: StoreId;
  readonly status: SecmerchantStatus;
  /** In Alipay's words, when it FAILED. */
  readonly rejectReason?: string;
  readonly storeStatus?: SecmerchantStoreStatus;
  /** What Alipay has on record, as far as it tells. */
  readonly registration: Partial<StoreRegistration>;
}

/** Asks where the registration of a store stands. Changes nothing: it may be asked at any time. */
export const secmerchantQueryStatus: Operation<
  SecmerchantQueryStatusRequest,
  SecmerchantQueryStatusAnswer
> = {
  service: 'alipay.overseas.secmerchant.maintain.queryStatus',
  check: checkSecmerchantQueryStatus,
  encode: (request, now) => ({
    timestamp: formatGatewayTime(now),
    secondary_merchant_id: request.secondaryMerchantId,
    store_id: request.storeId,
    payment_method: 'INSTORE_PAYMENT',
  }),
  echoes: ({ secondaryMerchantId, storeId }) => ({
    ids: { secondary_merchant_id: secondaryMerchantId, store_id: storeId },
    idNeeded: false,
  }),
  decode: (answer, request) => {
    const { status, result_code: resultCode } = answer;
    // The page lists the state without a result code; one that is there has to be SUCCESS.
    if (isGiven(status) && !isGiven(errorCodeOf(answer))) {
      return isGiven(resultCode) && resultCode !== 'SUCCESS'
        ? undecided(`its result code is ${resultCode}`)
        : readState(answer, status, request);
    }
    return readNoState(answer, request);
  },
};

export function checkSecmerchantQueryStatus(
  request: SecmerchantQueryStatusRequest,
): RequestComplaint | undefined {
  return firstComplaint(
    checkText('secondaryMerchantId', request.secondaryMerchantId, {
      lengthMax: 64,
      ...secondaryMerchantIdRule,
    }),
    checkText('storeId', request.storeId, { lengthMax: 64 }),
  );
}

function readState(
  answer: Fields,
  status: string,
  { secondaryMerchantId, storeId }: SecmerchantQueryStatusRequest,
): Outcome<SecmerchantQueryStatusAnswer> {
  const { reject_reason: rejectReason, store_status: storeStatus } = answer;
  return succeeded({
    secondaryMerchantId,
    storeId,
    status,
    ...(isGiven(rejectReason) ? { rejectReason } : {}),
    ...(isGiven(storeStatus) ? { storeStatus } : {}),
    registration: decodeStoreRegistration(answer),
  });
}

function readNoState(
  answer: Fields,
  { secondaryMerchantId, storeId }: SecmerchantQueryStatusRequest,
): Outcome<SecmerchantQueryStatusAnswer> {
  const code = errorCodeOf(answer);
  if (code === undefined) {
    const verdict = readVerdict(answer, () => undefined);
    return verdict.kind === 'SUCCEEDED' ? undecided('it lacks a status') : verdict;
  }
  if (code.startsWith(NO_SUCH_REGISTRATION)) {
    return succeeded({ secondaryMerchantId, storeId, status: 'NOT_FOUND', registration: {} });
  }
  return readRefusal(answer, code);
}

/** Every copy of the page cuts the code off after these letters. */
const NO_SUCH_REGISTRATION = 'DAT';

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
