import { statusAt, storeStatusAt } from '../books/registration.rules';
import { overseasManners } from './overseas-answers';
import { answered, basicParameters, echo, type Service } from './service';

/** Tells whether a store's registration has passed, and what was registered. */
export const secmerchantQueryStatus: Service = {
  ...overseasManners,
  name: 'alipay.overseas.secmerchant.maintain.queryStatus',
  timestamp: 'milliseconds-or-beijing',
  parameters: {
    ...basicParameters({ charset: 'required' }),
    timestamp: { required: true },
    secondary_merchant_id: { required: true, max: 64, pattern: /^[A-Za-z0-9_]+$/ },
    store_id: { required: true, max: 64 },
    payment_method: { required: true, pattern: /^INSTORE_PAYMENT$/ },
  },
  run: (context, fields) => {
    const { secondary_merchant_id: merchantId = '', store_id: storeId = '' } = fields;
    const registration = context.world.registration(merchantId, storeId);
    // Every copy of the page cuts this code off after its first letters, DAT.
    if (!registration) {
      return answered(secmerchantQueryStatus.sayNo(context, fields, 'DATA_NOT_EXIST'));
    }
    const { refusedUpdate, registrationContent } = context.variants();
    const { rejectReason } = registration;
    return answered({
      ...(registrationContent === 'told'
        ? registration.fields
        : echo(fields, 'secondary_merchant_id', 'store_id')),
      partner: fields.partner ?? '',
      payment_method: 'INSTORE_PAYMENT',
      result_code: 'SUCCESS',
      status: statusAt(registration, context.now()),
      store_status: storeStatusAt(registration, context.now(), refusedUpdate),
      ...(rejectReason === '' ? {} : { reject_reason: rejectReason }),
    });
  },
};
