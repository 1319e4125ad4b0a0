import { formatGatewayTime } from '@countersign/alipay-protocol';
import type { Code, Trade, Wallet } from '../books/records';
import { bilingual, escapeHtml, type Page } from './html';
import { WALLET_SCRIPT } from './wallet-script';
import { WALLET_STYLE } from './wallet-style';

const WALLET_NAMES: Record<Wallet, { name: string; place: string }> = {
  ALIPAYHK: { name: 'AlipayHK', place: '香港' },
  ALIPAYCN: { name: 'Alipay', place: '內地 mainland' },
  ALIPAYPLUS: { name: 'Alipay+', place: '海外 abroad' },
};
const SYMBOLS: Readonly<Record<string, string>> = { HKD: 'HK$', CNY: '¥', USD: 'US$', MOP: 'MOP$' };

interface PayForm {
  readonly code: Code;
  readonly formToken: string;
  readonly typed?: { amount: string; wallet: string };
  readonly error?: string;
}

/** Where the customer types what the cashier said. Works as a plain form, and better with keys. */
export function payPage({ code, formToken, typed, error }: PayForm): Page {
  const symbol = symbolOf(code.currency);
  return {
    title: `Pay ${code.storeName}`,
    style: WALLET_STYLE,
    script: WALLET_SCRIPT,
    body: `<main>
${shopHead(code)}
<div class="card">
<form method="post" action="/pay/${code.id}" autocomplete="off">
<input type="hidden" name="form" value="${formToken}">
<div>
<label class="name" for="amount">${bilingual('Amount 金額')}</label>
<div class="amount"><span>${escapeHtml(symbol)}</span><input id="amount" name="amount" required inputmode="decimal" enterkeyhint="done" maxlength="10" pattern="(0|[1-9][0-9]{0,6})([.][0-9]{1,2})?" title="An amount such as 12.50" placeholder="0.00" data-symbol="${escapeHtml(symbol)}" value="${escapeHtml(typed?.amount ?? '')}"${error === undefined ? '' : ' aria-invalid="true"'} aria-describedby="hint"></div>
<p id="hint" class="hint${error === undefined ? '' : ' bad'}" role="status">${bilingual(error ?? 'Type the amount the cashier tells you. 請輸入金額')}</p>
</div>
<fieldset><legend>${bilingual('Wallet 付款錢包')}</legend>${walletChoices(typed?.wallet)}</fieldset>
<div class="keys" aria-hidden="true">${keys()}</div>
<button class="pay" type="submit">${bilingual('Pay 付款')} <b></b></button>
<p class="note">${bilingual('A simulated wallet: no money moves. 模擬付款，不涉及真實款項')}</p>
</form>
</div>
</main>`,
  };
}

function walletChoices(chosen = 'ALIPAYHK'): string {
  return Object.entries(WALLET_NAMES)
    .map(
      ([value, { name, place }]) =>
        `<label class="choice"><input type="radio" name="wallet" value="${value}"${value === chosen ? ' checked' : ''}><span>${name}<small>${place}</small></span></label>`,
    )
    .join('');
}

function keys(): string {
  return ['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0', 'back']
    .map(
      (key) =>
        `<button type="button" tabindex="-1" data-key="${key}">${key === 'back' ? '&#9003;' : key}</button>`,
    )
    .join('');
}

function shopHead(code: Code): string {
  const merchant =
    code.merchantName === code.storeName ? '' : `<p>${escapeHtml(code.merchantName)}</p>`;
  return `<header class="top">
<div class="bar"><span>${bilingual('Scan & pay 掃碼付款')}</span><span class="badge">${bilingual('Simulator 模擬')}</span></div>
<div class="shop"><div class="face" aria-hidden="true">${escapeHtml(Array.from(code.storeName)[0] ?? '·')}</div><div><h1>${escapeHtml(code.storeName)}</h1>${merchant}</div></div>
</header>`;
}

/** What the customer shows to the cashier. */
export function receiptPage(code: Code, trade: Trade): Page {
  const { mark, sign, heading } = outcomeOf(trade);
  const time = formatGatewayTime(new Date(trade.paidAt ?? trade.createdAt));
  const wallet = WALLET_NAMES[trade.wallet];
  return {
    title: `${heading} – ${code.storeName}`,
    style: WALLET_STYLE,
    body: `<main>
${shopHead(code)}
<div class="card done">
<div class="mark ${mark}" aria-hidden="true">${sign}</div>
<h2>${bilingual(heading)}</h2>
<div class="sum">${escapeHtml(symbolOf(trade.currency))} ${trade.amount}</div>
<dl>
<div><dt>${bilingual('Wallet 錢包')}</dt><dd>${wallet.name}</dd></div>
<div><dt>${bilingual('Time 時間')}</dt><dd>${time}</dd></div>
<div><dt>${bilingual('Transaction 交易號')}</dt><dd>${trade.tradeNo}</dd></div>
<div><dt>${bilingual('Order 訂單號')}</dt><dd>${trade.outTradeNo}</dd></div>
</dl>
<div class="foot">
<a class="pay quiet" href="/pay/${code.id}">${bilingual('Pay again 再次付款')}</a>
<p class="note">${bilingual('A simulated wallet: no money moves. 模擬付款，不涉及真實款項')}</p>
</div>
</div>
</main>`,
  };
}

function outcomeOf(trade: Trade): { mark: string; sign: string; heading: string } {
  if (trade.cancelled) return { mark: 'no', sign: '↩', heading: 'Cancelled 已取消' };
  if (trade.status === 'TRADE_CLOSED') {
    return trade.refunds.length > 0
      ? { mark: 'no', sign: '↩', heading: 'Refunded 已退款' }
      : { mark: 'no', sign: '×', heading: 'Closed 已關閉' };
  }
  return trade.status === 'WAIT_BUYER_PAY'
    ? { mark: 'wait', sign: '…', heading: 'Not paid yet 待付款' }
    : { mark: '', sign: '✓', heading: 'Paid 付款成功' };
}

/** A code that cannot be paid, said so that nobody thinks it is their own fault. */
export function sorryPage(heading: string, text: string, back?: string): Page {
  return {
    title: heading,
    style: WALLET_STYLE,
    body: `<main>
<header class="top"><div class="bar"><span>${bilingual('Scan & pay 掃碼付款')}</span><span class="badge">${bilingual('Simulator 模擬')}</span></div></header>
<div class="card done">
<div class="mark no" aria-hidden="true">!</div>
<h2>${bilingual(heading)}</h2>
<p>${bilingual(text)}</p>
${back === undefined ? '' : `<div class="foot"><a class="pay quiet" href="${escapeHtml(back)}">${bilingual('Back 返回')}</a></div>`}
</div>
</main>`,
  };
}

function symbolOf(currency: string): string {
  return SYMBOLS[currency] ?? currency;
}
