import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { transformFileSync } from '@swc/core';
import fc from 'fast-check';

import {
  formatGatewayDigits,
  formatGatewayMillis,
  formatGatewayTime,
  parseGatewayDigits,
  parseGatewayTime,
} from './gateway-time';

const invalid = expect.objectContaining({ code: 'ALIPAY_TIME_INVALID' }) as Error;

test.each([
  '',
  '2024-02-30 00:00:00',
  '2023-02-29 12:00:00',
  '2024-04-31 12:00:00',
  '2024-13-01 00:00:00',
  '2024-00-10 00:00:00',
  '2024-01-00 00:00:00',
  '2024-01-02 24:00:00',
  '2024-01-02 23:60:00',
  '2024-01-02 23:59:60',
  '2024-01-02T03:04:05',
  '2024-01-02 03:04',
  '2024-1-2 3:4:5',
  ' 2024-01-02 03:04:05',
  '2024-01-02 03:04:05\n',
  '2024-01-02 03:04:05Z',
  '0000-01-01 00:00:00',
  '20240230000000',
  '2024010203040',
  '1704135845000',
  '２０２４-01-02 03:04:05',
])('refuses %j', (text) => {
  expect(() => parseGatewayTime(text)).toThrow(invalid);
});

test('the digits are the digits alone', () => {
  expect(() => parseGatewayDigits('2024-01-02 03:04:05')).toThrow(invalid);
});

test.each([new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15)])(
  'refuses to write %p',
  (date) => {
    expect(() => formatGatewayTime(date)).toThrow(invalid);
    expect(() => formatGatewayDigits(date)).toThrow(invalid);
  },
);

test('refuses to write no time as milliseconds', () => {
  expect(() => formatGatewayMillis(new Date(Number.NaN))).toThrow(invalid);
});

test.each([
  ['2024-01-02 03:04:05', '20240102030405', '2024-01-01T19:04:05Z'],
  ['2024-02-29 07:59:59', '20240229075959', '2024-02-28T23:59:59Z'],
  ['2025-01-01 00:00:00', '20250101000000', '2024-12-31T16:00:00Z'],
  ['0001-01-01 08:00:00', '00010101080000', '0001-01-01T00:00:00Z'],
  ['0099-03-01 08:00:00', '00990301080000', '0099-03-01T00:00:00Z'],
  ['9999-12-31 23:59:59', '99991231235959', '9999-12-31T15:59:59Z'],
])('%s', (spaced, digits, iso) => {
  const date = new Date(iso);

  expect(parseGatewayTime(spaced)).toEqual(date);
  expect(parseGatewayTime(digits)).toEqual(date);
  expect(parseGatewayDigits(digits)).toEqual(date);
  expect(formatGatewayTime(date)).toBe(spaced);
  expect(formatGatewayDigits(date)).toBe(digits);
});

test('a cancel counts in milliseconds', () => {
  expect(formatGatewayMillis(new Date(1456507704121))).toBe('1456507704121');
});

test('every second is read back as it was written', () => {
  const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_271_999 });
  fc.assert(
    fc.property(seconds, (second) => {
      const date = new Date(second * 1000);
      expect(parseGatewayTime(formatGatewayTime(date))).toEqual(date);
      expect(parseGatewayTime(formatGatewayDigits(date))).toEqual(date);
    }),
  );
});

describe('wherever the machine stands', () => {
  // A process reads its time zone once, so each zone is a process of its own.
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-time-'));
    for (const name of ['gateway-time', 'errors']) {
      const { code } = transformFileSync(join(__dirname, `${name}.ts`), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      writeFileSync(join(folder, `${name}.js`), code);
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  // The second is an hour that New York's clocks skipped, the third one that they showed twice.
  const texts = ['2024-01-02 03:04:05', '2024-03-10 02:30:00', '2024-11-03 01:30:00'];
  const script = `
    const { formatGatewayTime, parseGatewayTime } = require('./gateway-time.js');
    const dates = ${JSON.stringify(texts)}.map(parseGatewayTime);
    console.log(JSON.stringify([new Date(2024, 0, 1).getTimezoneOffset(), dates, dates.map(formatGatewayTime)]));`;

  test.each([
    ['UTC', 0],
    ['Asia/Hong_Kong', -480],
    ['America/New_York', 300],
    ['Pacific/Kiritimati', -840],
    ['Asia/Kolkata', -330],
  ])('in %s', (zone, offset) => {
    const output = execFileSync(process.execPath, ['-e', script], {
      cwd: folder,
      env: { ...process.env, TZ: zone },
      encoding: 'utf8',
    });

    expect(JSON.parse(output)).toEqual([
      offset,
      ['2024-01-01T19:04:05.000Z', '2024-03-09T18:30:00.000Z', '2024-11-02T17:30:00.000Z'],
      texts,
    ]);
  });
});
