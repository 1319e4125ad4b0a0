import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

import { isRowAtFault } from './row-at-fault';

function errorWith(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

test.each([
  ['a deadlock', errorWith('deadlock detected', '40P01'), false],
  ['a full disk', errorWith('could not extend file', '53100'), false],
  ['a statement that took too long', errorWith('canceling statement', '57014'), false],
  ['a server that stops', errorWith('terminating connection', '57P01'), false],
  ['a lost connection', errorWith('Connection terminated unexpectedly'), false],
  ['a server that only reads now', errorWith('cannot execute INSERT', '25006'), false],
  ['a block that was left idle for too long', errorWith('terminating connection', '25P03'), false],
  ['a login that ends', errorWith('password authentication failed', '28P01'), false],
  ['a refused connection', errorWith('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'), false],
  ['a process out of descriptors', errorWith('connect EMFILE 127.0.0.1:5432', 'EMFILE'), false],
  ['a machine out of ports', errorWith('connect EADDRNOTAVAIL', 'EADDRNOTAVAIL'), false],
  ['a name that is not found', errorWith('getaddrinfo EAI_FAIL db', 'EAI_FAIL'), false],
  ['a line whose protocol broke', errorWith('write EPROTO', 'EPROTO'), false],
  ['a certificate that ended', errorWith('certificate has expired', 'CERT_HAS_EXPIRED'), false],
  ['a socket that was closed', errorWith('Socket is closed', 'ERR_SOCKET_CLOSED'), false],
  ['a block that lost its connection', new QueryRunnerAlreadyReleasedError(), false],
  ['the same, asked in plain SQL', new QueryRunnerProviderAlreadyReleasedError(), false],
  ['an exhausted pool', errorWith('timeout exceeded when trying to connect'), false],
  ['a right that was taken away', errorWith('permission denied for table refunds', '42501'), false],
  ['a column that is missing', errorWith('column "x" does not exist', '42703'), true],
  ['a prepared statement that is gone', errorWith('does not exist', '26000'), false],
  [
    'numbers that run out',
    errorWith('database is not accepting commands to avoid wraparound', '54000'),
    false,
  ],
  [
    'nudges that nobody takes',
    errorWith('too many notifications in the NOTIFY queue', '54000'),
    false,
  ],
  ['a text too long for an index', errorWith('index row size 8016 exceeds maximum', '54000'), true],
  ['a broken check', errorWith('violates check constraint', '23514'), true],
  ['text that cannot be stored', errorWith('invalid byte sequence', '22021'), true],
  ['a refusal of a trigger', errorWith('refund is settled', 'P0001'), true],
  ['a fault of ours', new TypeError('x is not a function'), true],
  ['a fault of ours that Node names', errorWith('invalid', 'ERR_INVALID_ARG_TYPE'), true],
  ['a plain error', new Error('a refund without its payment'), true],
  ['something thrown that is no error', 'oops', true],
])('%s', (_name, error, atFault) => {
  expect(isRowAtFault(error)).toBe(atFault);
});
