import { acquireCancel } from './acquire-cancel';
import { overseasQuery } from './overseas-query';
import { qrcodeCreate } from './qrcode-create';
import { qrcodeModify } from './qrcode-modify';
import { qrcodeModifyStatus } from './qrcode-modify-status';
import { refundQuery } from './refund-query';
import type { Service } from './service';
import { spotRefund } from './spot-refund';

/** Every service of the gateway, by its exact, case-sensitive name. */
export const SERVICES: ReadonlyMap<string, Service> = new Map(
  [
    qrcodeCreate,
    qrcodeModify,
    qrcodeModifyStatus,
    spotRefund,
    overseasQuery,
    acquireCancel,
    refundQuery,
  ].map((service) => [service.name, service]),
);
