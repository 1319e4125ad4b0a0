import { type Database } from '@countersign/merchant-domain';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How the replicas are doing, and what is read from them, seen from this process. */
export function addReplicaMetrics(registry: Registry, { replicas }: Database): void {
  if (replicas === null) return;
  const registers = [registry];
  const labelNames = ['replica'] as const;

  new Gauge({
    name: 'countersign_replica_in_use',
    help: '1 while a replica is read from; 0 while it is behind, away, or no replica of this database.',
    labelNames,
    registers,
    collect() {
      for (const { name, status } of replicas.states) {
        this.set({ replica: name }, status === 'IN_USE' ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'countersign_replica_lag_bytes',
    help: 'How much of the log of the primary a replica did not show yet when it was last looked at; absent while it is away.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { name, lagBytes } of replicas.states) {
        if (lagBytes !== null) this.set({ replica: name }, lagBytes);
      }
    },
  });
  new Counter({
    name: 'countersign_readings_total',
    help: 'Queries and exports by where they were read, while there are replicas.',
    labelNames: ['from'] as const,
    registers,
    collect() {
      this.reset();
      for (const from of ['replica', 'primary'] as const) this.inc({ from }, replicas.counts[from]);
    },
  });
}
