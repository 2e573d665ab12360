import type { OrderingKey } from '../../events/event.ts';
import type { Operation } from './intents.ts';

export interface JournalEntry {
  readonly at: number;
  readonly run: string;
  readonly targetKey: string;
  readonly object: string;
  readonly id: string;
  readonly operation: Operation;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly order: OrderingKey;
}

export interface Journal {
  append(entries: readonly JournalEntry[]): Promise<void>;
  of(targetKey: string): Promise<readonly JournalEntry[]>;
  count(): Promise<number>;
  /** When the first of all writes was stored; null before it. */
  began(): Promise<number | null>;
}
