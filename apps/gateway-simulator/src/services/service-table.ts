import { acquireCancel } from './acquire-cancel';
import { NOTIFY_VERIFY } from './notify-verify';
import { overseasQuery } from './overseas-query';
import { qrcodeCreate } from './qrcode-create';
import { qrcodeModify } from './qrcode-modify';
import { qrcodeModifyStatus } from './qrcode-modify-status';
import { refundQuery } from './refund-query';
import { secmerchantOfflineMaintain } from './secmerchant-offline-maintain';
import { secmerchantQueryStatus } from './secmerchant-query-status';
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
    secmerchantOfflineMaintain,
    secmerchantQueryStatus,
  ].map((service) => [service.name, service]),
);

/** The names under which calls can be made to go wrong. */
export const SERVICE_NAMES: readonly string[] = [...SERVICES.keys(), NOTIFY_VERIFY];
