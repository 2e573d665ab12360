import type { Draft, Loss, RecordQuestion } from './model.ts';
import { shown, type Value } from './values.ts';

/** Ends the drafting of a record: it is refused, excluded, or waits for an answer. */
export class Halt extends Error {
  readonly draft: Draft;

  constructor(draft: Draft) {
    super(draft.kind);
    this.name = 'Halt';
    this.draft = draft;
  }
}

/** What is noted while a record is drafted. */
export class Notes {
  readonly losses: Loss[] = [];
  readonly questions: RecordQuestion[] = [];

  lose(field: string, kind: Loss['kind'], before: Value, after: Value): void {
    this.losses.push({ field, kind, before: shown(before), after: after === null ? '' : shown(after) });
  }
}
