import { type Refusal, refuse } from '../domain';
import { type Merchant } from '../merchant/merchant.entity';
import { refuseBizData } from '../qr-code/biz-data.rules';
import { isUnstorable } from '../unstorable-text';
import { type Store } from './store.entity';

/** Stores are found by it: an index of PostgreSQL holds no text of any length. */
const SHOP_MAX = 256;

/** What is wrong with a store's content, or nothing. All but its shop is sent with every code of it. */
export function checkStore(
  store: Pick<Store, 'alipayStoreId' | 'name' | 'countryCode'> & {
    readonly address: string;
    readonly shop?: string | null | undefined;
  },
  merchant: Merchant,
): Refusal | undefined {
  const shop = store.shop ?? '';
  if (isUnstorable(shop) || shop.length > SHOP_MAX) {
    return refuse(
      'INVALID_INPUT',
      `This shop cannot be kept: write it in whole characters, at most ${SHOP_MAX}.`,
      { field: ['shop'] },
    );
  }
  if (!COUNTRIES.has(store.countryCode)) {
    return refuse(
      'INVALID_INPUT',
      `"${store.countryCode}" is no ISO 3166 country code: give two capital letters, such as HK.`,
      { field: ['countryCode'] },
    );
  }
  return refuseBizData(
    {
      secondaryMerchantIndustry: merchant.industry,
      secondaryMerchantId: merchant.alipayMerchantId,
      secondaryMerchantName: merchant.name,
      storeId: store.alipayStoreId,
      storeName: store.name,
      transCurrency: 'HKD',
      currency: 'HKD',
      countryCode: store.countryCode,
      address: store.address,
    },
    { storeId: ['alipayStoreId'], storeName: ['name'], address: ['address'] },
    ['merchantId'],
  );
}

/** A code may be made for a store that is not registered yet, not for a rejected one (decision 8). */
export function decideNewQrCode(store: Store): Refusal | undefined {
  if (store.registration !== 'REJECTED') return undefined;
  const reason = store.rejectReason === null ? '' : ` (${store.rejectReason})`;
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    `Alipay rejected the registration of this store${reason}: correct and submit it again before asking for a code.`,
  );
}

// ISO 3166-1 alpha-2, written out: what the platform knows of countries differs between builds.
const COUNTRIES: ReadonlySet<string> = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
   BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
   EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
   HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
   LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
   NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
   SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
   TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(/\s+/),
);
