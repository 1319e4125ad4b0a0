import { type GatewayCallReport } from '@countersign/alipay-services';
import {
  type Clock,
  type Database,
  type DomainLog,
  outstanding,
} from '@countersign/merchant-domain';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

import { type Reply } from '../http/respond';
import { addReplicaMetrics } from './replica-metrics';

/** What a dashboard reads; nothing in it is a secret or names a person. */
export interface Metrics {
  requestEnded(route: string, status: number, seconds: number): void;
  callEnded(report: Pick<GatewayCallReport, 'service' | 'outcome' | 'durationMs'>): void;
  /** Everything in the text format of Prometheus. */
  render(): Promise<Reply>;
}

export interface MetricsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: DomainLog;
}

/** From a page out of memory to a call that Alipay lets time out. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics({ database, clock, log }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  addReplicaMetrics(registry, database);

  const requests = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'Answered requests by route and status; Alipay was told success by notifications with 200.',
    labelNames: ['route', 'status'] as const,
    buckets: SECONDS,
    registers,
  });
  const calls = new Histogram({
    name: 'countersign_alipay_call_seconds',
    help: 'Calls to Alipay by service and outcome (SUCCEEDED, REJECTED, UNKNOWN).',
    labelNames: ['service', 'outcome'] as const,
    buckets: SECONDS,
    registers,
  });
  const up = new Gauge({
    name: 'countersign_database_up',
    help: '1 while the database answers; without it nothing is known of what waits.',
    registers,
  });
  const waiting = new Gauge({
    name: 'countersign_waiting',
    help: 'What somebody or something still has to see to, over all processes.',
    labelNames: ['what'] as const,
    registers,
  });
  const oldest = new Gauge({
    name: 'countersign_waiting_oldest_seconds',
    help: 'The age of the oldest of them; 0 when there is none.',
    labelNames: ['what'] as const,
    registers,
  });

  const askDatabase = async (): Promise<void> => {
    try {
      const now = clock.now();
      for (const { kind, count, oldestAt } of await outstanding(database, now)) {
        const age = oldestAt === null ? 0 : Math.max(0, now.getTime() - oldestAt.getTime()) / 1_000;
        waiting.set({ what: kind }, count);
        oldest.set({ what: kind }, age);
      }
      up.set(1);
    } catch (error) {
      log.error('what waits could not be counted', { error });
      waiting.reset();
      oldest.reset();
      up.set(0);
    }
  };
  let asking: Promise<void> | undefined;

  return {
    requestEnded: (route, status, seconds) => {
      requests.observe({ route, status }, seconds);
    },
    callEnded: ({ service, outcome, durationMs }) => {
      calls.observe({ service, outcome }, durationMs / 1_000);
    },
    render: async () => {
      // Several at once are one question: asking must not become a load.
      await (asking ??= askDatabase().finally(() => {
        asking = undefined;
      }));
      return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
