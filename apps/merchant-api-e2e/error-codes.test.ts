import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ERROR_CATALOGUE } from '@countersign/alipay-services';

const SIMULATOR = join(__dirname, '../gateway-simulator/src');

/** Words in capitals that the gateway answers or reads, and that are no error. */
const NO_ERROR = new Set([
  ...['SUCCESS', 'FAIL', 'FAILED', 'PROCESSING', 'REFUND', 'CANCEL', 'CANCELED', 'PAYMENT'],
  ...['TRADE_SUCCESS', 'TRADE_CLOSED', 'TRADE_FINISHED', 'TRADE_PENDING', 'WAIT_BUYER_PAY'],
  'ALIPAY_UNENCODABLE_TEXT', // an error of our own, which it handles
  ...['ACTIVATED', 'INACTIVATE', 'DELETED', 'ACTIVE', 'STOPPED', 'ARCHIVED', 'INSTORE_PAYMENT'],
  ...['UNDER_REVIEW', 'MODIFICATION_REVIEW', 'NOT_REGISTERED'],
]);

test('every code that the simulator answers is explained in the catalogue', () => {
  const explained = new Set(ERROR_CATALOGUE.flatMap(({ codes }): readonly string[] => codes));

  const words = ['services', 'books', '.'].flatMap((folder) =>
    readdirSync(join(SIMULATOR, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'config.ts')
      .flatMap((name) => {
        const source = readFileSync(join(SIMULATOR, folder, name), 'utf8');
        return [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, word]) => word ?? '');
      }),
  );

  expect(words).toEqual(expect.arrayContaining(['TRADE_NOT_EXIST', 'ILLEGAL_SIGN']));
  expect(words.filter((word) => !explained.has(word) && !NO_ERROR.has(word))).toEqual([]);
});
