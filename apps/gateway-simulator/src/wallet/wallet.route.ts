import type { IncomingMessage, ServerResponse } from 'node:http';
import { buyerOf } from '../books/buyers';
import type { Code } from '../books/records';
import type { Chance } from '../chance';
import { isForeignPage } from '../control-access';
import { BodyTooLarge, readBody } from '../http-body';
import { readPayment } from '../payment';
import type { World } from '../world';
import { pageHeaders, renderPage, type Page } from './html';
import { payPage, receiptPage, sorryPage } from './wallet-page';

export interface Wallet {
  readonly world: World;
  readonly chance: Chance;
}

const FORM_BYTES_MAX = 4096;
const FORM_TOKEN = /^[0-9a-f]{32}$/;

/** `/pay/<id>`, and `/pay/<id>/receipt/<form>` where a paid form leads, so that a reload pays nothing. */
export async function answerWallet(
  wallet: Wallet,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const [, , id = '', receipt, formToken = '', ...rest] = path.split('/');
  const code = wallet.world.codeById(id);
  const reply = (httpStatus: number, page: Page): void => {
    sendPage(response, httpStatus, page, wallet.chance.token());
  };
  if (!code || rest.length > 0 || (receipt !== undefined && receipt !== 'receipt')) {
    reply(
      404,
      sorryPage(
        'Unknown code 無效二維碼',
        'No shop has put up this code. 找不到此收款碼，請向店員查詢',
      ),
    );
  } else if (receipt === 'receipt') {
    const trade = wallet.world.tradeByForm(formToken);
    if (trade?.codeId === code.id) reply(200, receiptPage(code, trade));
    else
      reply(
        404,
        sorryPage(
          'No such payment 找不到付款',
          'Nothing was paid with this form. 此表格沒有付款',
          `/pay/${code.id}`,
        ),
      );
  } else if (request.method === 'POST') {
    await takePayment(wallet, request, response, code, reply);
  } else if (request.method === 'GET' || request.method === 'HEAD') {
    const sorry = unpayable(code);
    if (sorry) reply(409, sorry);
    else reply(200, payPage({ code, formToken: wallet.chance.token() }));
  } else {
    reply(405, sorryPage('Not like this', 'This page takes GET and POST.', `/pay/${code.id}`));
  }
}

function unpayable(code: Code): Page | null {
  if (code.status === 'ACTIVE') return null;
  return sorryPage(
    'Code not in use 收款碼已停用',
    `${code.storeName} does not take payments with this code now. Please ask the cashier. 此收款碼暫停使用，請向店員查詢`,
  );
}

async function takePayment(
  { world, chance }: Wallet,
  request: IncomingMessage,
  response: ServerResponse,
  code: Code,
  reply: (httpStatus: number, page: Page) => void,
): Promise<void> {
  const back = `/pay/${code.id}`;
  if (isForeignPage(request)) {
    reply(403, sorryPage('Not from here', 'This form was sent by another web page.', back));
    return;
  }
  const form = await readForm(request);
  const formToken = form?.get('form') ?? '';
  if (!form || !FORM_TOKEN.test(formToken)) {
    reply(
      400,
      sorryPage('Please try again 請再試一次', 'The form did not arrive whole. 表格不完整', back),
    );
    return;
  }
  const earlier = world.tradeByForm(formToken);
  if (!earlier) {
    const sorry = unpayable(code);
    if (sorry) {
      reply(409, sorry);
      return;
    }
    const typed = {
      amount: (form.get('amount') ?? '').trim(),
      wallet: form.get('wallet') ?? 'ALIPAYHK',
    };
    const payment = readPayment(code, typed);
    if ('error' in payment) {
      const error =
        payment.field === 'amount'
          ? 'Please type an amount such as 12.50. 請輸入正確金額，例如 12.50'
          : 'Please choose a wallet. 請選擇錢包';
      reply(400, payPage({ code, formToken: chance.token(), typed, error }));
      return;
    }
    world.openTrade(code, {
      ...payment,
      buyer: buyerOf(payment.wallet, undefined),
      paid: true,
      formToken,
    });
  }
  await world.flushed();
  response
    .writeHead(303, { Location: `${back}/receipt/${formToken}`, 'Cache-Control': 'no-store' })
    .end();
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  try {
    return new URLSearchParams((await readBody(request, FORM_BYTES_MAX)).toString('utf8'));
  } catch (error) {
    if (error instanceof BodyTooLarge) return null;
    throw error;
  }
}

export function sendPage(
  response: ServerResponse,
  httpStatus: number,
  page: Page,
  nonce: string,
): void {
  response.writeHead(httpStatus, pageHeaders(nonce)).end(renderPage(page, nonce));
}
