import { Writable } from 'node:stream';

import { createLog } from './log';

function written(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  const destination = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString();
      done();
    },
  });
  write(createLog('info', destination));
  return text;
}

test('secrets are masked wherever they stand', () => {
  const text = written((log) => {
    log.warn('a fact', { token: 's3cret', request: { sign: 's3cret', authorization: 's3cret' } });
  });

  expect(text).not.toContain('s3cret');
  expect(text).toContain('[masked]');
});

test('of an error its words and its code are written, and not the values of its query', () => {
  const error = Object.assign(new Error('posted to /alipay/notifications/abc123'), {
    code: '23505',
    parameters: ['2088123412341234'],
  });

  const text = written((log) => {
    log.error('a fact', { error: new Error('outer', { cause: error }) });
  });

  expect(text).toContain('23505');
  expect(text).not.toMatch(/2088123412341234|abc123/);
});

test('a line is one JSON object with its fact, level and time', () => {
  const line = written((log) => {
    log.info('refund settled', { refundId: 'r1' });
  });

  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    fact: 'refund settled',
    refundId: 'r1',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
  });
});
