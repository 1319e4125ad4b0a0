import { type Outcome } from '@countersign/alipay-services';

import {
  type CancelEvidence,
  cancelVerdict,
  doubtfulCancelAttempts,
  windowHasEnded,
} from './cancel.rules';

const succeeded: CancelEvidence['call'] = { kind: 'SUCCEEDED', answer: {} };
const did = (action: string): CancelEvidence['call'] => ({ kind: 'SUCCEEDED', answer: { action } });
const unknown: Outcome<never> = { kind: 'UNKNOWN', cause: 'silence' };
const rejected = (alipayCode: string): Outcome<never> => ({
  kind: 'REJECTED',
  alipayCode,
  signed: true,
});
const shows = (tradeStatus: string): CancelEvidence['query'] & object => ({
  kind: 'SUCCEEDED',
  answer: { tradeStatus },
});

test.each<[string, Omit<CancelEvidence, 'isPaid'>, string]>([
  ['no answer', { attempts: 1, call: unknown }, 'PENDING'],
  ['a definite no at first', { attempts: 1, call: rejected('TRADE_STATUS_ERROR') }, 'FAILED'],
  ['a no to a repeat', { attempts: 2, call: rejected('TRADE_STATUS_ERROR') }, 'PENDING'],
  ['a yes', { attempts: 1, call: succeeded }, 'DONE'],
  ['a yes to a repeat', { attempts: 9, call: succeeded }, 'DONE'],
  [
    'window over, trade closed',
    { attempts: 3, call: unknown, query: shows('TRADE_CLOSED') },
    'DONE',
  ],
  [
    'window over, trade still paid',
    { attempts: 3, call: rejected('TRADE_CANCEL_TIME_OUT'), query: shows('TRADE_SUCCESS') },
    'FAILED',
  ],
  [
    'window over, trade finished',
    { attempts: 3, call: unknown, query: shows('TRADE_FINISHED') },
    'FAILED',
  ],
  [
    'window over, trade paid to a frozen account',
    { attempts: 3, call: unknown, query: shows('TRADE_PENDING') },
    'FAILED',
  ],
  [
    'window over, a state never documented',
    { attempts: 3, call: unknown, query: shows('TRADE_WHATEVER') },
    'PENDING',
  ],
  [
    'window over, trade unpaid',
    { attempts: 3, call: unknown, query: shows('WAIT_BUYER_PAY') },
    'PENDING',
  ],
  [
    'window over, the query is silent too',
    { attempts: 3, call: unknown, query: unknown },
    'PENDING',
  ],
  [
    'window over, the query knows no trade',
    { attempts: 3, call: unknown, query: rejected('TRADE_NOT_EXIST') },
    'PENDING',
  ],
])('%s (decision 5)', (_name, evidence, status) => {
  expect(cancelVerdict({ ...evidence, isPaid: true }).status).toBe(status);
});

test.each<[string, boolean, CancelEvidence['query'], string]>([
  ['refund', true, undefined, 'DONE'],
  ['refund', false, undefined, 'DONE'],
  ['close', false, undefined, 'DONE'],
  ['close', true, undefined, 'PENDING'],
  ['close', true, unknown, 'PENDING'],
  ['close', true, shows('TRADE_CLOSED'), 'DONE'],
  ['close', true, shows('TRADE_SUCCESS'), 'FAILED'],
  ['an action never documented', true, undefined, 'DONE'],
])('a yes that says %s, of a trade that is paid: %s', (action, isPaid, query, status) => {
  const evidence = { attempts: 1, call: did(action), isPaid };

  expect(cancelVerdict({ ...evidence, ...(query && { query }) }).status).toBe(status);
});

test('a cancel that failed says why: in the words of the no, or that the window is over', () => {
  expect(
    cancelVerdict({ attempts: 1, call: rejected('TRADE_STATUS_ERROR'), isPaid: true }),
  ).toEqual({
    status: 'FAILED',
    failureCode: 'TRADE_STATUS_ERROR',
  });
  expect(
    cancelVerdict({
      ...{ attempts: 3, call: unknown, isPaid: true },
      query: shows('TRADE_SUCCESS'),
    }),
  ).toEqual({
    status: 'FAILED',
    failureCode: 'TRADE_CANCEL_TIME_OUT',
  });
});

test('only a cancel sent more than once may yet take effect', () => {
  expect([0, 1, 2, 3].map((cancelAttempts) => doubtfulCancelAttempts({ cancelAttempts }))).toEqual([
    0, 0, 2, 3,
  ]);
});

test('the window ends by our clock, or by what Alipay says of its own', () => {
  const end = new Date('2024-01-01T16:00:00Z');
  const before = new Date('2024-01-01T15:59:00Z');

  expect(windowHasEnded(unknown, end, before)).toBe(false);
  expect(windowHasEnded(rejected('TRADE_STATUS_ERROR'), end, before)).toBe(false);
  expect(windowHasEnded(rejected('TRADE_CANCEL_TIME_OUT'), end, before)).toBe(true);
  expect(windowHasEnded({ ...unknown, alipayCode: 'TRADE_CANCEL_TIME_OUT' }, end, before)).toBe(
    false,
  );
  // Ours may be as far ahead as Alipay takes requests from.
  expect(windowHasEnded(unknown, end, new Date('2024-01-01T16:29:59.999Z'))).toBe(false);
  expect(windowHasEnded(unknown, end, new Date('2024-01-01T16:30:00Z'))).toBe(true);
});
