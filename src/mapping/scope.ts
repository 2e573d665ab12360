import type { CellReader } from './cells.ts';
import type { SourceView } from './model.ts';
import { fromEvent, isEmpty, type Value } from './values.ts';

/** Columns that every record has, whatever the source. */
export const PSEUDO_COLUMNS = ['@id', '@key', '@created', '@modified', '@item'] as const;

/** What a rule sees of one record. */
export interface Scope {
  readonly view: SourceView;
  /** The element of `each`, in children. */
  readonly item: string | null;
  /** As it stands in the source. */
  raw(column: string): Value;
  /** As the column's format reads it; throws a BadValue. */
  typed(column: string): Value;
  /** What was answered to a question, by a person or by rule; null while nobody did. */
  answer(question: string): string | null;
}

export class RecordScope implements Scope {
  readonly view: SourceView;
  readonly item: string | null;
  readonly #readers: ReadonlyMap<string, CellReader>;
  readonly #decided: ReadonlyMap<string, string>;

  constructor(
    view: SourceView,
    readers: ReadonlyMap<string, CellReader>,
    decided: ReadonlyMap<string, string>,
    item: string | null = null,
  ) {
    this.view = view;
    this.item = item;
    this.#readers = readers;
    this.#decided = decided;
  }

  withItem(item: string): RecordScope {
    return new RecordScope(this.view, this.#readers, this.#decided, item);
  }

  raw(column: string): Value {
    switch (column) {
      case '@id':
        return this.view.id;
      case '@key':
        return this.view.key;
      case '@created':
        return iso(this.view.sourceCreated);
      case '@modified':
        return iso(this.view.sourceTime);
      case '@item':
        return this.item;
      default:
        return fromEvent(Object.hasOwn(this.view.after, column) ? this.view.after[column] : null);
    }
  }

  typed(column: string): Value {
    const raw = this.raw(column);
    const reader = this.#readers.get(column);
    return reader === undefined || typeof raw !== 'string' || isEmpty(raw) ? raw : reader.read(raw.trim());
  }

  answer(question: string): string | null {
    return this.#decided.get(question) ?? this.view.answers?.[`question/${question}`] ?? null;
  }
}

function iso(time: number | null): string | null {
  return time === null || Math.abs(time) > 8.64e15 ? null : new Date(time).toISOString();
}
