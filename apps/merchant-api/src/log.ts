import { maskNotificationTokens } from '@countersign/alipay-services';
import { type DomainLog } from '@countersign/merchant-domain';
import { type DestinationStream, pino } from 'pino';

import { openLogOutput } from './log-output';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some((level) => level === text);
}

/** Never in a log, whatever record they stand in. */
const SECRETS = [
  'authorization',
  'token',
  'secret',
  'md5Key',
  'privateKey',
  'password',
  'sign',
  'body',
];

const STANDARD_OUTPUT = 1;

/** Facts with their ids as lines of JSON, with secrets masked. */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = openLogOutput(STANDARD_OUTPUT),
): DomainLog {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'fact',
    redact: {
      paths: SECRETS.flatMap((name) => [name, `*.${name}`]),
      censor: '[masked]',
    },
    serializers: { error: describeError },
  };
  const logger = pino(options, destination);
  return {
    info: (fact, ids) => {
      logger.info(ids ?? {}, fact);
    },
    warn: (fact, ids) => {
      logger.warn(ids ?? {}, fact);
    },
    error: (fact, ids) => {
      logger.error(ids ?? {}, fact);
    },
  };
}

/** Chosen parts only: a database error also carries the values of its query. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return maskNotificationTokens(String(error));
  const { name, message, stack, cause } = error;
  const code: unknown = Reflect.get(error, 'code');
  return {
    name,
    message: maskNotificationTokens(message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: maskNotificationTokens(stack) }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
