import { overseasManners } from './overseas-answers';
import { answered, basicParameters, refused, type ParameterTable, type Service } from './service';

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
    const { maintainSignType, registrationReview } = context.variants();
    if (maintainSignType === 'RSA and RSA2' && fields.sign_type === 'MD5') {
      return refused('ILLEGAL_SIGN_TYPE', "this reading of AlipayHK's own page takes no MD5");
    }
    const merchantId = fields.secondary_merchant_id ?? '';
    const storeId = fields.store_id ?? '';
    const isNew = context.world.registration(merchantId, storeId) === undefined;
    context.world.saveRegistration({
      merchantId,
      storeId,
      fields: Object.fromEntries(
        Object.entries(fields).filter(([name]) => Object.hasOwn(REGISTRATION_PARAMETERS, name)),
      ),
      submittedAt: context.now().getTime(),
      status:
        registrationReview === 'passes'
          ? 'SUCCESS'
          : isNew
            ? 'UNDER_REVIEW'
            : 'MODIFICATION_REVIEW',
      rejectReason: '',
    });
    return answered({ result_code: 'SUCCESS' });
  },
};
