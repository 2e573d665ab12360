import type { EventBus } from '../../bus/bus.ts';
import type { SchemaTable } from '../../events/schema-table.ts';
import type { StateEngine } from '../../state/engine.ts';

/** What the two shapes of a deployment differ in: where events, schemas and state are kept, and who shares them. */
export interface Shape {
  /** `embedded`: two files that one process owns. `scaled-out`: Kafka, a registry and PostgreSQL, which several share. */
  readonly kind: 'embedded' | 'scaled-out';
  readonly bus: EventBus;
  readonly schemas: SchemaTable;
  readonly state: StateEngine;
  /** Of topics that do not exist yet. */
  readonly partitions: number;
  /** This process in leases: two that run at once never have the same. */
  readonly holder: string;
  /** How long this process may stand still before another one writes in its place, milliseconds. */
  readonly leaseMs: number;
  /** Deletes events older than the retention, where the log does not do so by itself. */
  removeExpired(): Promise<void>;
  /** Closes what was opened, the log before the state. */
  close(): Promise<void>;
}
