import { type GatewayCallReport } from '@countersign/alipay-services';

import { createTestLog } from '../test/support/test-log';
import { createAlipayWatch } from './alipay-watch';

test('an answer after a silence is a return, once; a short one is none', () => {
  let now = 0;
  let returns = 0;
  const clock = { now: () => new Date(now), newId: () => '' };
  const watch = createAlipayWatch(clock, createTestLog(), () => {
    returns += 1;
  });
  const hear = (atMs: number, outcome: GatewayCallReport['outcome']): void => {
    now = atMs;
    watch.heard({ outcome } as GatewayCallReport);
  };

  hear(0, 'SUCCEEDED');
  hear(1_000, 'UNKNOWN');
  hear(20_000, 'REJECTED');
  expect(returns).toBe(0);

  hear(30_000, 'UNKNOWN');
  hear(50_000, 'UNKNOWN');
  hear(60_000, 'SUCCEEDED');
  hear(61_000, 'SUCCEEDED');
  expect(returns).toBe(1);
});

test('a clock that is not Alipay’s is warned of once, until it has been right again', () => {
  const log = createTestLog();
  const watch = createAlipayWatch({ now: () => new Date(0), newId: () => '' }, log);

  for (const clockSkewMs of [0, 59_999, -61_000, -62_000, 1_000, 120_000]) {
    watch.heard({ outcome: 'SUCCEEDED', clockSkewMs } as GatewayCallReport);
  }

  const warned = log.lines.filter(({ fact }) => fact.startsWith('our clock is not that of Alipay'));
  expect(warned.map(({ ids }) => ids)).toEqual([{ secondsAhead: -61 }, { secondsAhead: 120 }]);
});
