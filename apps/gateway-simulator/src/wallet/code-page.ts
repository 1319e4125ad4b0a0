import type { Code } from '../books/records';
import { bilingual, escapeHtml, type Page } from './html';
import { sorryPage } from './wallet-page';
import { WALLET_STYLE } from './wallet-style';

/** What `qrcode_img_url` leads to: the code as somebody may look at it. */
export function codePage(code: Code | undefined): Page {
  if (!code) return sorryPage('Unknown code 無效二維碼', 'No shop has put up this code.');
  return {
    title: code.storeName,
    style: WALLET_STYLE,
    body: `<main><header class="top"><div class="bar"><span>${bilingual('Merchant code 商戶收款碼')}</span><span class="badge">${bilingual('Simulator 模擬')}</span></div></header>
<div class="card done">
<h2>${escapeHtml(code.storeName)}</h2>
<p>${escapeHtml(code.qrcode)}</p>
<div class="foot"><a class="pay" href="/pay/${code.id}">${bilingual('Pay 付款')}</a></div>
</div></main>`,
  };
}
