declare const named: unique symbol;

/**
 * Text that names one kind of thing. Plain text is taken as it is; what an answer, or another part of
 * this library, has named as another kind is not: a trade's number is no refund's.
 */
export type Named<Kind extends string> = string & { readonly [named]?: Kind };

/** The trade's own id (`partner_trans_id`, `out_trade_no`). On a static code Alipay mints it. */
export type PartnerTransId = Named<'PartnerTransId'>;
/** Alipay's number of the trade (`alipay_trans_id`, `trade_no`). */
export type AlipayTransId = Named<'AlipayTransId'>;
/** The id under which a refund was asked for (`partner_refund_id`, `out_return_no`). */
export type PartnerRefundId = Named<'PartnerRefundId'>;
/** The text of a printed code, which is its identity. */
export type QrcodeText = Named<'QrcodeText'>;
/** The id of a notification. */
export type NotifyId = Named<'NotifyId'>;
/** The merchant behind a code, as Alipay was told. */
export type SecondaryMerchantId = Named<'SecondaryMerchantId'>;
/** A store of that merchant. */
export type StoreId = Named<'StoreId'>;
