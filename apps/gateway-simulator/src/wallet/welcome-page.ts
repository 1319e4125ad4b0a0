import { bilingual, escapeHtml, type Page } from './html';
import { WALLET_STYLE } from './wallet-style';

/** The front door: what this is, and where things are. */
export function welcomePage(controlCalls: readonly string[]): Page {
  const rows = controlCalls
    .map((call) => {
      const [method = '', path = ''] = call.split(' ');
      return `<div><dt>${method}</dt><dd>${escapeHtml(path)}</dd></div>`;
    })
    .join('\n');
  return {
    title: 'Countersign gateway simulator',
    style: WALLET_STYLE,
    body: `<main>
<header class="top"><div class="bar"><span>Countersign</span><span class="badge">${bilingual('Simulator 模擬')}</span></div>
<div class="shop"><div class="face" aria-hidden="true">支</div><div><h1>Gateway simulator</h1><p>Alipay&rsquo;s gateway for merchant QR codes, without Alipay</p></div></div></header>
<div class="card">
<dl>
<div><dt>Gateway</dt><dd>/gateway.do</dd></div>
<div><dt>Wallet page</dt><dd>/pay/&lt;code&gt;</dd></div>
${rows}
</dl>
<p class="note">The control calls speak JSON. They answer this machine, and others only with the control token.</p>
</div>
</main>`,
  };
}
