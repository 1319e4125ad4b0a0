/** The simulator's control API, and its own books. */
export interface SimulatorControl {
  pay(payment: Payment): Promise<PaidTrade>;
  /** As `pay`, for codes that may not be payable. */
  tryToPay(payment: Payment): Promise<{ httpStatus: number; answer: unknown }>;
  /** What goes wrong next, in order; `times` is 1 unless said. `match` aims at calls that say so. */
  fault(
    service: string,
    kind: string,
    times?: number,
    match?: Readonly<Record<string, string>>,
  ): Promise<void>;
  waitingFaults(): Promise<{ service: string; kind: string; times: number }[]>;
  endFaults(): Promise<void>;
  books(): Promise<BookedTrade[]>;
  bookedTrade(tradeNo: string): Promise<BookedTrade>;
  codes(): Promise<BookedCode[]>;
  resend(tradeNo: string): Promise<{ httpStatus: number | null; answer: string | null }>;
  /** Any other call, such as `POST /trades/<trade_no>/finish`. */
  call<Answer>(line: string, body?: unknown): Promise<Answer>;
}

export interface Payment {
  readonly qrcode: string | null;
  readonly amount: string;
  readonly wallet?: 'ALIPAYHK' | 'ALIPAYCN' | 'ALIPAYPLUS';
  readonly buyer?: string;
  readonly paid?: boolean;
}

export interface PaidTrade {
  readonly out_trade_no: string;
  readonly trade_no: string;
  readonly trade_status: string;
}

export interface BookedTrade extends PaidTrade {
  readonly qrcode: string;
  readonly amount: string;
  readonly currency: string;
  readonly wallet: string;
  readonly gmt_payment: string | null;
  readonly gmt_close: string | null;
  readonly cancelled: boolean;
  readonly refunded: string;
  readonly refunds: readonly {
    readonly partner_refund_id: string;
    readonly amount: string;
    readonly status: string;
    readonly reason: string;
    readonly gmt_create: string;
  }[];
  readonly notify_url: string;
  readonly notifications: readonly {
    readonly notify_id: string;
    readonly trade_status: string;
    readonly acknowledged: boolean;
    readonly next_send_at: string | null;
    readonly sends: readonly {
      readonly form: Readonly<Record<string, string>>;
      readonly httpStatus: number | null;
      readonly answer: string | null;
    }[];
  }[];
}

export interface BookedCode {
  readonly qrcode: string;
  readonly status: string;
  readonly store_id: string;
  readonly store_name: string;
  readonly secondary_merchant_name: string;
  readonly notify_url: string | null;
}

export function createSimulatorControl(controlUrl: () => string): SimulatorControl {
  const send = async (line: string, body?: unknown) => {
    const [method = 'GET', path = ''] = line.split(' ');
    const response = await fetch(`${controlUrl()}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return { httpStatus: response.status, answer };
  };
  const call = async <Answer>(line: string, body?: unknown): Promise<Answer> => {
    const { httpStatus, answer } = await send(line, body);
    if (httpStatus >= 400) {
      throw new Error(`${line} was answered ${httpStatus}: ${JSON.stringify(answer)}`);
    }
    return answer as Answer; // the simulator's own tests hold its shapes
  };

  return {
    pay: (payment) => call('POST /payments', payment),
    tryToPay: (payment) => send('POST /payments', payment),
    fault: async (service, kind, times = 1, match) => {
      await call('POST /faults', { service, kind, times, match });
    },
    waitingFaults: () => call('GET /faults'),
    endFaults: async () => {
      await call('DELETE /faults');
    },
    books: () => call('GET /trades'),
    bookedTrade: (tradeNo) => call(`GET /trades/${tradeNo}`),
    codes: () => call('GET /codes'),
    resend: (tradeNo) => call(`POST /notifications/${tradeNo}/resend`),
    call,
  };
}
