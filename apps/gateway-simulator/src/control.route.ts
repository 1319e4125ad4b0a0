import type { IncomingMessage, ServerResponse } from 'node:http';
import { buyerOf } from './books/buyers';
import { REGISTRATION_STATUSES, type StoreRegistration, type Trade } from './books/records';
import { statusAt } from './books/registration.rules';
import type { Clock } from './clock';
import { controlRefusal } from './control-access';
import { viewCode, viewRegistration, viewTrade } from './control-views';
import { readFault, type Faults } from './faults';
import { BodyTooLarge, readBody } from './http-body';
import type { Notifier } from './notifier';
import { codeRefusal, readPayment } from './payment';
import type { StatementShelf } from './statements/statement-shelf';
import { SERVICE_NAMES } from './services/service-table';
import { readVariants, type Variants } from './variants';
import type { World } from './world';

export interface Control {
  readonly world: World;
  readonly faults: Faults;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly shelf: StatementShelf;
  readonly variants: () => Variants;
  readonly setVariants: (changed: Partial<Variants>) => void;
  readonly moveClock: (offsetMs: number) => void;
  readonly reset: () => void;
  readonly controlToken: string | undefined;
}

type Asked = Readonly<Record<string, unknown>>;
interface Reply {
  readonly httpStatus: number;
  readonly json: unknown;
}
type Deed = (
  control: Control,
  asked: Asked,
  names: Readonly<Record<string, string>>,
) => Reply | Promise<Reply>;

const BODY_BYTES_MAX = 64 * 1024;
const CLOCK_MS_MAX = 100 * 366 * 24 * 60 * 60 * 1000;

/** The control API: `METHOD /path`, in which `<name>` stands for one part. */
const DEEDS: Readonly<Record<string, Deed>> = {
  'POST /control/payments': pay,
  'GET /control/codes': ({ world }) => ok(world.codes().map(viewCode)),
  'GET /control/trades': ({ world }) => ok(world.trades().map((trade) => viewTrade(world, trade))),
  'GET /control/trades/<trade_no>': withTrade(({ world }, trade) => ok(viewTrade(world, trade))),
  'POST /control/trades/<trade_no>/pay': withTrade(({ world }, trade) =>
    change(world, trade, ['WAIT_BUYER_PAY'], world.payTrade),
  ),
  'POST /control/trades/<trade_no>/close': withTrade(({ world }, trade) =>
    change(world, trade, ['WAIT_BUYER_PAY'], world.closeTrade),
  ),
  'POST /control/trades/<trade_no>/finish': withTrade(({ world }, trade) =>
    change(world, trade, ['TRADE_SUCCESS', 'TRADE_PENDING'], world.finishTrade),
  ),
  'POST /control/trades/<trade_no>/freeze': withTrade(({ world }, trade) =>
    change(world, trade, ['TRADE_SUCCESS'], world.freezeTrade),
  ),
  'POST /control/refunds/<partner_refund_id>/settle': settleRefund,
  'GET /control/registrations': (control) =>
    ok(control.world.registrations().map((registration) => seen(control, registration))),
  'POST /control/registrations': decideRegistration,
  'GET /control/faults': ({ faults }) => ok(faults.waiting()),
  'POST /control/faults': ({ faults }, asked) => {
    const read = readFault(asked, SERVICE_NAMES);
    if ('error' in read) return bad(read.error);
    faults.add(read.fault);
    return { httpStatus: 201, json: read.fault };
  },
  'DELETE /control/faults': ({ faults, notifier }) => {
    faults.clear();
    notifier.releaseHeld();
    return ok([]);
  },
  'POST /control/notifications/<trade_no>/resend': withTrade(async ({ notifier }, trade) => {
    const sent = await notifier.resend(trade);
    if (!sent)
      return { httpStatus: 409, json: { error: 'this trade gave no occasion for a notification' } };
    const { notifyId, ...posted } = sent;
    return ok({ notify_id: notifyId, ...posted });
  }),
  'POST /control/statements': writeStatements,
  'GET /control/clock': ({ clock }) => ok(viewClock(clock)),
  'POST /control/clock': moveClock,
  'GET /control/variants': ({ variants }) => ok(variants()),
  'POST /control/variants': ({ variants, setVariants }, asked) => {
    const read = readVariants(asked);
    if ('error' in read) return bad(read.error);
    setVariants(read.variants);
    return ok(variants());
  },
  'POST /control/reset': ({ reset }) => {
    reset();
    return ok({ reset: true });
  },
};

/** What there is to ask for, for the page at `/` and for whoever asks for something else. */
export const CONTROL_CALLS: readonly string[] = Object.keys(DEEDS);

function writeStatements({ shelf }: Control, asked: Asked): Reply {
  const written = typeof asked['date'] === 'string' ? shelf.write(asked['date']) : null;
  if (written === null) return bad('date is the Beijing day whose files are written: 2026-01-02');
  return ok({
    files: written.map(({ name, bytes }) => ({
      name,
      bytes: bytes.length,
      text: bytes.toString(),
    })),
  });
}

export async function answerControlCall(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const refusal = controlRefusal(request, control.controlToken);
  if (refusal) {
    sendJson(response, { httpStatus: refusal.httpStatus, json: { error: refusal.error } });
    return;
  }
  sendJson(response, await reply(control, request, path));
}

async function reply(control: Control, request: IncomingMessage, path: string): Promise<Reply> {
  const matching = Object.entries(DEEDS).flatMap(([pattern, deed]) => {
    const [method = '', template = ''] = pattern.split(' ');
    const names = matchPath(template, path);
    return names ? [{ method, deed, names }] : [];
  });
  if (matching.length === 0)
    return { httpStatus: 404, json: { error: 'no such call', calls: CONTROL_CALLS } };
  const found = matching.find(({ method }) => method === request.method);
  if (!found) {
    const methods = matching.map(({ method }) => method).join(', ');
    return { httpStatus: 405, json: { error: `the method must be ${methods}` } };
  }
  const asked = await readJson(request);
  if ('error' in asked) return { httpStatus: asked.httpStatus, json: { error: asked.error } };
  const done = await found.deed(control, asked.json, found.names);
  await control.world.flushed();
  return done;
}

function matchPath(template: string, path: string): Record<string, string> | null {
  const wanted = template.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return null;
  const names: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const name = /^<(?<name>\w+)>$/.exec(wanted[index] ?? '')?.groups?.name;
    if (name !== undefined) names[name] = decodePart(part);
    else if (wanted[index] !== part) return null;
  }
  return names;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // badly encoded, so it names nothing
  }
}

async function readJson(
  request: IncomingMessage,
): Promise<{ json: Asked } | { httpStatus: 400 | 413; error: string }> {
  try {
    const text = (await readBody(request, BODY_BYTES_MAX)).toString('utf8');
    const json: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return { httpStatus: 400, error: 'the body must be a JSON object' };
    }
    return { json: { ...json } };
  } catch (error) {
    if (error instanceof BodyTooLarge) return { httpStatus: 413, error: error.message };
    if (error instanceof SyntaxError) return { httpStatus: 400, error: 'the body is not JSON' };
    throw error;
  }
}

function pay({ world }: Control, asked: Asked): Reply {
  const { qrcode, amount, wallet, buyer, paid = true } = asked;
  if (typeof qrcode !== 'string') return bad('qrcode must be the text of a code, or its id');
  if (buyer !== undefined && (typeof buyer !== 'string' || buyer === '' || buyer.length > 100)) {
    return bad('buyer must be a text: a login (it is shown masked) or a 16-digit user id');
  }
  if (typeof paid !== 'boolean') return bad('paid must be true or false');
  const code = world.codeByText(qrcode);
  const refusal = codeRefusal(code);
  if (!code || refusal) return { httpStatus: 409, json: { error: refusal } };
  const payment = readPayment(code, { amount, wallet });
  if ('error' in payment) return bad(payment.error);
  const trade = world.openTrade(code, { ...payment, buyer: buyerOf(payment.wallet, buyer), paid });
  return { httpStatus: 201, json: brief(trade) };
}

function brief(trade: Trade): { out_trade_no: string; trade_no: string; trade_status: string } {
  return { out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo, trade_status: trade.status };
}

function withTrade(deed: (control: Control, trade: Trade) => Reply | Promise<Reply>): Deed {
  return (control, _asked, names) => {
    const trade = control.world.tradeByNo(names.trade_no ?? '');
    return trade
      ? deed(control, trade)
      : { httpStatus: 404, json: { error: 'there is no such trade' } };
  };
}

function change(
  world: World,
  trade: Trade,
  from: readonly Trade['status'][],
  deed: (trade: Trade) => void,
): Reply {
  if (!from.includes(trade.status)) {
    return {
      httpStatus: 409,
      json: { error: `the trade is ${trade.status}, not ${from.join(' or ')}` },
    };
  }
  deed(trade);
  return ok(viewTrade(world, trade));
}

/** What becomes of an asynchronous refund that the variant `asyncRefund: held` left waiting. */
function settleRefund(
  { world }: Control,
  asked: Asked,
  names: Readonly<Record<string, string>>,
): Reply {
  const known = world.refundById(names.partner_refund_id ?? '');
  if (!known) return { httpStatus: 404, json: { error: 'there is no such refund' } };
  const status = (['SUCCESS', 'FAILED', 'CANCELED'] as const).find((each) => each === asked.status);
  if (!status) return bad('status must be one of SUCCESS, FAILED, CANCELED');
  if (known.refund.status !== 'PROCESSING') {
    return { httpStatus: 409, json: { error: `the refund is ${known.refund.status} already` } };
  }
  world.settleRefund(known.trade, known.refund, status);
  return ok(viewTrade(world, known.trade));
}

/** What the review of a store's registration comes to; or the store is put away. */
function decideRegistration(control: Control, asked: Asked): Reply {
  const { world, clock } = control;
  const {
    secondary_merchant_id: merchantId,
    store_id: storeId,
    reject_reason: reason = '',
  } = asked;
  if (typeof merchantId !== 'string' || typeof storeId !== 'string') {
    return bad('secondary_merchant_id and store_id must be texts');
  }
  const word = [...REGISTRATION_STATUSES, ARCHIVED].find((each) => each === asked.status);
  if (!word) return bad(`status must be one of ${REGISTRATION_STATUSES.join(', ')}, ${ARCHIVED}`);
  if (typeof reason !== 'string') return bad('reject_reason must be a text');
  const registration = world.registration(merchantId, storeId);
  if (!registration) return { httpStatus: 404, json: { error: 'there is no such registration' } };
  const decided: StoreRegistration = {
    ...registration,
    status: word === ARCHIVED ? statusAt(registration, clock.now()) : word,
    rejectReason: word === 'FAILED' ? reason : '',
    decidesAt: null,
    isArchived: word === ARCHIVED,
  };
  world.saveRegistration(decided);
  return ok(seen(control, decided));
}

const ARCHIVED = 'ARCHIVED' as const;

function seen({ clock, variants }: Control, registration: StoreRegistration) {
  return viewRegistration(registration, { now: clock.now(), variants: variants() });
}

function moveClock({ clock, moveClock: move }: Control, { offsetMs, now }: Asked): Reply {
  const wanted =
    now === undefined
      ? offsetMs
      : typeof now === 'string' || typeof now === 'number'
        ? new Date(now).getTime() - clock.realNow().getTime()
        : Number.NaN;
  if (typeof wanted !== 'number' || !Number.isFinite(wanted) || Math.abs(wanted) > CLOCK_MS_MAX) {
    return bad(
      'give offsetMs, a number of milliseconds, or now, a moment such as 2026-01-02T03:04:05Z',
    );
  }
  move(Math.round(wanted));
  return ok(viewClock(clock));
}

function viewClock(clock: Clock): { now: string; offsetMs: number } {
  return { now: clock.now().toISOString(), offsetMs: clock.offsetMs() };
}

function ok(json: unknown): Reply {
  return { httpStatus: 200, json };
}

function bad(error: string | null): Reply {
  return { httpStatus: 400, json: { error } };
}

export function sendJson(response: ServerResponse, { httpStatus, json }: Reply): void {
  const bytes = Buffer.from(`${JSON.stringify(json)}\n`);
  response.writeHead(httpStatus, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(bytes);
}
