import { randomUUID } from 'node:crypto';

import { createSigner, encodeNotification, type Fields } from '@countersign/alipay-protocol';

import { GATEWAY_KEYS } from '../keys';
import { postMessage } from '../messages';
import type { Forgery } from './commands';
import { timed } from './ask';
import type { Shop, Trade } from './shop';
import type { Site } from './site';

/** Posts a message that Alipay would not have sent so, though its key may have signed it. */
export async function forge(site: Site, shop: Shop, trade: Trade, how: Forgery): Promise<void> {
  const { notifications, notify_url: url } = await site.gateway.bookedTrade(trade.no);
  const genuine = notifications.at(-1);
  const form = genuine?.sends[0]?.form;
  if (genuine === undefined || form === undefined) return;
  // Before that it would be the first of its id, and the genuine one the second.
  if (NEEDS_THE_GENUINE.includes(how) && !genuine.acknowledged) return;
  // Whose it is only what was applied can tell.
  const elsewhere = how === 'other code' ? await addressOfAnother(site, trade) : url;
  if (elsewhere === null) return;
  const { sign: _sign, sign_type: _signType, ...content } = form;
  const { changed, spoilt } = FORGERIES[how](content);

  const { contentType, body } = encodeNotification(changed, signerOf(site), { charset: 'UTF-8' });
  const sent = Buffer.from(body).toString('latin1');
  const to = WITHOUT_TOKEN.includes(how) ? `${site.frontUrl}/alipay/notifications` : elsewhere;
  const { told, span } = await timed(site, () =>
    postMessage(to, { contentType, body: spoilt === undefined ? sent : spoilt(sent) }).catch(
      () => null,
    ),
  );
  shop.forgeries.push({
    ...span,
    how,
    trade,
    notifyId: changed['notify_id'] ?? '',
    reply: told,
  });
}

/** The secret address of another code, once it is on record where this trade was paid. */
async function addressOfAnother(site: Site, trade: Trade): Promise<string | null> {
  const known = await site.rows(
    'select 1 from transactions where alipay_trans_id = $1 and qr_code_id is not null',
    [trade.no],
  );
  const codes = await site.gateway.codes();
  const another = codes.find(({ qrcode, notify_url: url }) => qrcode !== trade.code.code && url);
  return known.length === 0 ? null : (another?.notify_url ?? null);
}

const NEEDS_THE_GENUINE: readonly Forgery[] = ['other content'];
const WITHOUT_TOKEN: readonly Forgery[] = ['no token', 'copy'];

interface Forged {
  readonly changed: Fields;
  /** What happens to it after it was signed. */
  readonly spoilt?: (body: string) => string;
}

const FORGERIES: Readonly<Record<Forgery, (content: Fields) => Forged>> = {
  'other seller': (content) => ({
    changed: { ...content, notify_id: randomUUID(), seller_id: '2088999999999999' },
  }),
  'other content': (content) => ({
    changed: {
      ...content,
      total_fee: (content['total_fee'] ?? '').replace(/^\d/, '9'),
      subject: '別的店',
    },
  }),
  'no token': (content) => ({ changed: { ...content, notify_id: randomUUID() } }),
  copy: (content) => ({ changed: content }),
  garbled: (content) => ({
    changed: { ...content, notify_id: randomUUID() },
    spoilt: (body) => body.replace(/(?<=^|&)trade_no=\d/, 'trade_no=9'),
  }),
  'no amount': ({ total_fee: _amount, ...content }) => ({
    changed: { ...content, notify_id: randomUUID() },
  }),
  'no payment time': ({ gmt_payment: _time, ...content }) => ({
    changed: { ...content, notify_id: randomUUID() },
  }),
  'other code': (content) => ({ changed: { ...content, notify_id: randomUUID() } }),
};

function signerOf({ signType }: Site): ReturnType<typeof createSigner> {
  return signType === 'MD5'
    ? createSigner({ signType, md5Key: GATEWAY_KEYS.md5Key })
    : createSigner({ signType, privateKey: GATEWAY_KEYS.privateKey });
}
