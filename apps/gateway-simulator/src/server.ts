import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Chance } from './chance';
import { answerControlCall, CONTROL_CALLS, sendJson, type Control } from './control.route';
import { answerGatewayCall, type Gateway } from './gateway.route';
import type { Log } from './log';
import { SERVICE_NAMES } from './services/service-table';
import { answerWallet, sendPage } from './wallet/wallet.route';
import { codePage } from './wallet/code-page';
import { welcomePage } from './wallet/welcome-page';
import type { World } from './world';

export interface Doors {
  readonly gateway: Gateway;
  readonly control: Control;
  readonly world: World;
  readonly chance: Chance;
  readonly publicUrl: () => string;
  readonly log: Log;
}

const REQUEST_TIMEOUT_MS = 30_000;
// Longer than clients keep theirs, so that it is never we who close a connection just being used.
const KEEP_ALIVE_MS = 75_000;
const READING = ['GET', 'HEAD'];

/** One HTTP server with three doors: the gateway, the wallet and the control API. */
export function createHttpServer(doors: Doors): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = createServer(limits, (request, response) => {
    route(doors, request, response).catch((error: unknown) => {
      if (!request.socket.destroyed && !doors.gateway.closing.aborted) {
        doors.log('request failed', { path: pathOf(request), error: String(error) });
      }
      if (response.headersSent) response.destroy();
      else
        sendJson(response, {
          httpStatus: 500,
          json: { error: 'the simulator failed; see its log' },
        });
    });
  });
  return server;
}

async function route(
  doors: Doors,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  if (path === '/gateway.do') {
    if (request.method === 'GET' || request.method === 'POST') {
      await answerGatewayCall(doors.gateway, request, response);
    } else {
      sendJson(response, { httpStatus: 405, json: { error: 'gateway.do takes GET and POST' } });
    }
  } else if (path.startsWith('/control/')) {
    await answerControlCall(doors.control, request, response, path);
  } else if (path.startsWith('/pay/')) {
    await answerWallet(doors, request, response, path);
  } else if (path.startsWith('/codes/') && READING.includes(request.method ?? '')) {
    const code = doors.world.codeById(path.slice('/codes/'.length));
    sendPage(response, code ? 200 : 404, codePage(code), doors.chance.token());
  } else if (path === '/' && READING.includes(request.method ?? '')) {
    welcome(doors, request, response);
  } else {
    sendJson(response, {
      httpStatus: 404,
      json: { error: 'nothing is here; GET / tells what there is' },
    });
  }
}

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  return URL.canParse(target, 'http://simulator')
    ? new URL(target, 'http://simulator').pathname
    : '';
}

function welcome(doors: Doors, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.accept?.includes('text/html')) {
    sendPage(response, 200, welcomePage(CONTROL_CALLS), doors.chance.token());
    return;
  }
  const url = doors.publicUrl();
  sendJson(response, {
    httpStatus: 200,
    json: {
      name: 'Countersign gateway simulator',
      gateway: `${url}/gateway.do`,
      wallet: `${url}/pay/<code>`,
      services: SERVICE_NAMES,
      control: CONTROL_CALLS,
    },
  });
}
