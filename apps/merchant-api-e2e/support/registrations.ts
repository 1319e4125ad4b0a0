import type { Variables } from './graphql-client';
import type { Failing } from './shapes';
import { waitFor } from './wait-for';
import type { World } from './world';

export const OFFLINE_MAINTAIN = 'alipay.overseas.secmerchant.offline.maintain';
export const QUERY_STATUS = 'alipay.overseas.secmerchant.maintain.queryStatus';

/** What a review is told in these journeys. */
export const DETAILS = {
  registrationNo: '12345678-000',
  shareholderName: '陳大文',
  shareholderId: 'A1234567',
  contactNo: '+852 2345 6789',
  contactEmail: 'owner@teahouse.example',
} as const;

/** A store as it shows its registration. */
export interface RegistrationShape {
  readonly id: string;
  readonly registration: string;
  readonly rejectReason: string | null;
  readonly registrationPending: boolean;
  readonly registrationFailureCode: string | null;
  readonly registrationSubmittedBy: string | null;
  readonly registrationNextCheckAt: string | null;
}

export interface RegistrationPayload extends Failing {
  readonly store: RegistrationShape | null;
}

/** A registration in the gateway's own books. */
export interface BookedRegistration {
  readonly secondary_merchant_id: string;
  readonly store_id: string;
  readonly status: string;
  readonly store_status: string;
  readonly fields: Readonly<Record<string, string>>;
}

const STORE = `id registration rejectReason registrationPending registrationFailureCode
  registrationSubmittedBy registrationNextCheckAt`;
const PAYLOAD = `{ store { ${STORE} } userErrors { code message field alipayCode } }`;

/** What people of a shop, its registrars and Alipay's reviewers do. */
export function registrarsOf({ graphql, gateway }: World) {
  const storeOf = async (id: string): Promise<RegistrationShape> => {
    const { store } = await graphql<{ store: RegistrationShape }>(
      { text: `query ($id: ID!) { store(id: $id) { ${STORE} } }` },
      { id },
    );
    return store;
  };
  return {
    submit: async (storeId: string, details: Variables = DETAILS): Promise<RegistrationPayload> => {
      const text = `mutation ($input: SubmitStoreRegistrationInput!) {
        payload: submitStoreRegistration(input: $input) ${PAYLOAD} }`;
      const input = { storeId, ...details };
      return (await graphql<{ payload: RegistrationPayload }>({ text }, { input })).payload;
    },
    refresh: async (storeId: string): Promise<RegistrationPayload> => {
      const text = `mutation ($input: StoreInput!) {
        payload: refreshStoreRegistration(input: $input) ${PAYLOAD} }`;
      return (await graphql<{ payload: RegistrationPayload }>({ text }, { input: { storeId } }))
        .payload;
    },
    storeOf,
    /** The store, as soon as it shows what is waited for. */
    storeThat: (
      id: string,
      isIt: (store: RegistrationShape) => boolean,
    ): Promise<RegistrationShape> =>
      waitFor('a registration as expected', async () => {
        const store = await storeOf(id);
        return isIt(store) && store;
      }),
    /** Alipay's reviewers come to a decision. */
    decide: async (
      place: Pick<BookedRegistration, 'secondary_merchant_id' | 'store_id'>,
      status: string,
      reason?: string,
    ): Promise<void> => {
      await gateway.call('POST /registrations', { ...place, status, reject_reason: reason });
    },
    booked: (): Promise<readonly BookedRegistration[]> => gateway.call('GET /registrations'),
  };
}
