import type { Fields } from '@countersign/alipay-protocol';
import type { StoreRegistration } from '../books/records';
import { hasPassed } from '../books/registration.rules';
import { overseasManners } from './overseas-answers';
import {
  answered,
  basicParameters,
  echo,
  given,
  refused,
  type ParameterTable,
  type Service,
  type ServiceContext,
} from './service';

const COUNTRY = /^[A-Z]{2}$/;
const TELEPHONE = /^[\d+\-() ]+$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** What a registration says of a merchant and its store; queryStatus gives it back. */
export const REGISTRATION_PARAMETERS: ParameterTable = {
  secondary_merchant_name: { required: true, max: 128 },
  secondary_merchant_id: { required: true, max: 64, pattern: /^[A-Za-z0-9_]+$/ },
  secondary_merchant_type: { required: true, pattern: /^(?:INDIVIDUAL|ENTERPRISE)$/ },
  store_id: { required: true, max: 64 },
  store_name: { required: true, max: 256 },
  store_country: { required: true, pattern: COUNTRY },
  store_address: { required: true, max: 330 },
  store_industry: { required: true, pattern: /^\d{4}$/ },
  internal_store_photo: { required: false, max: 256 },
  external_storefront_photo: { required: false, max: 256 },
  extend_params: { required: false, max: 1024, isJson: true },
  registration_no: { required: false, max: 128 },
  register_country: { required: false, pattern: COUNTRY },
  register_address: { required: false, max: 256 },
  shareholder_name: { required: false, max: 64 },
  shareholder_id: { required: false, max: 128 },
  representative_name: { required: false, max: 64 },
  representative_id: { required: false, max: 128 },
  settlement_no: { required: false, max: 64, pattern: /^[A-Za-z0-9]+$/ },
  contact_no: { required: false, max: 64, pattern: TELEPHONE },
  cs_no: { required: false, max: 64, pattern: TELEPHONE },
  contact_email: { required: false, max: 128, pattern: EMAIL },
  cs_email: { required: false, max: 128, pattern: EMAIL },
};

/** Registers a store, or updates it; the latest word counts. SUCCESS says that it was received, not that it passed. */
export const secmerchantOfflineMaintain: Service = {
  ...overseasManners,
  name: 'alipay.overseas.secmerchant.offline.maintain',
  timestamp: 'milliseconds-or-beijing', // the page says Beijing text, clients send milliseconds
  parameters: {
    ...basicParameters({ charset: 'required' }),
    timestamp: { required: true },
    ...REGISTRATION_PARAMETERS,
  },
  run: (context, fields) => {
    const { maintainSignType, registrationResult } = context.variants();
    if (maintainSignType === 'RSA and RSA2' && fields.sign_type === 'MD5') {
      return refused('ILLEGAL_SIGN_TYPE', "this reading of AlipayHK's own page takes no MD5");
    }
    context.world.saveRegistration(submitted(context, fields));
    // In the other reading the result stands outside of what is signed (gateway.route).
    return answered(
      registrationResult === 'root'
        ? echo(fields, 'secondary_merchant_id', 'store_id')
        : { result_code: 'SUCCESS' },
    );
  },
};

/** What is on the books of a registration: it waits for its review, whatever was said of the last. */
function submitted({ world, now, variants, reviewMs }: ServiceContext, fields: Fields) {
  const { registrationReview: review } = variants();
  const merchantId = given(fields, 'secondary_merchant_id');
  const storeId = given(fields, 'store_id');
  const submittedAt = now().getTime();
  const wasRegistered = hasPassed(world.registration(merchantId, storeId), now());
  const open = wasRegistered ? 'MODIFICATION_REVIEW' : 'UNDER_REVIEW';
  return {
    merchantId,
    storeId,
    fields: Object.fromEntries(
      Object.entries(fields).filter(([name]) => Object.hasOwn(REGISTRATION_PARAMETERS, name)),
    ),
    submittedAt,
    status: review === 'passes' ? 'SUCCESS' : open,
    rejectReason: '',
    decidesAt: review === 'takes-its-time' ? submittedAt + reviewMs : null,
    wasRegistered,
    isArchived: false,
  } satisfies StoreRegistration;
}
