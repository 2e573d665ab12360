import { asChangeoverError } from '../core/errors.ts';
import type { CompiledMapping, Draft, FileDraft, ObjectMapping, RecordQuestion, SourceView } from '../mapping/model.ts';
import type {
  Correction,
  GivenBackRow,
  OwnerRow,
  RecordRow,
  ReviewRow,
  StateTransaction,
  TargetRow,
} from '../state/state.ts';
import { recordReviewId } from './names.ts';
import type { OwnerBook } from './owners.ts';

export interface LookupHit {
  readonly key: string;
  readonly sourceTime: number | null;
}

/** What the planner has read so far. Asking for something unread gives undefined and remembers it for the next `load`. */
export class Facts {
  readonly #tx: StateTransaction;
  readonly #mappings: ReadonlyMap<string, CompiledMapping>;
  readonly #owners: OwnerBook;
  readonly #now: number;
  readonly #rows = new Map<string, RecordRow | null>();
  readonly #ofRecord = new Map<string, TargetRow | null>();
  readonly #byKey = new Map<string, TargetRow | null>();
  readonly #hits = new Map<string, readonly LookupHit[]>();
  readonly #ownerRows = new Map<string, OwnerRow>();
  readonly #reviews = new Map<string, ReviewRow | null>();
  readonly #corrections = new Map<string, Correction | null>();
  readonly #givenBack = new Map<string, GivenBackRow | null>();
  readonly #drafts = new Map<string, Draft | null>();
  readonly #answers = new Map<string, Record<string, string>>();
  readonly #views = new Map<string, SourceView>();
  readonly #wantedRows = new Set<string>();
  readonly #wantedOfRecord = new Set<string>();
  readonly #wantedByKey = new Set<string>();
  readonly #wantedReviews = new Set<string>();
  readonly #wantedCorrections = new Set<string>();
  readonly #wantedGivenBack = new Set<string>();
  readonly #wantedHits = new Map<string, { source: string; object: string; index: string; value: string }>();
  readonly #wantedOwners = new Map<string, { source: string; reference: string }>();

  constructor(tx: StateTransaction, mappings: ReadonlyMap<string, CompiledMapping>, owners: OwnerBook, now: number) {
    this.#tx = tx;
    this.#mappings = mappings;
    this.#owners = owners;
    this.#now = now;
  }

  know(rows: Iterable<RecordRow>): void {
    for (const row of rows) this.#rows.set(row.key, row);
  }

  /** Why a person left the object out as a whole; null where nobody did. */
  skipped(source: string, object: string): string | null {
    return this.#mappings.get(source)?.skipped.get(object) ?? null;
  }

  mapping(source: string, object: string): ObjectMapping | null {
    return this.#mappings.get(source)?.objects.get(object) ?? null;
  }

  row(key: string): RecordRow | null | undefined {
    return this.#ask(this.#rows, this.#wantedRows, key);
  }

  /** The target a record is written to or merged into. */
  target(recordKey: string): TargetRow | null | undefined {
    return this.#ask(this.#ofRecord, this.#wantedOfRecord, recordKey);
  }

  /** A target by its own key: placeholders and shared children. */
  targetByKey(targetKey: string): TargetRow | null | undefined {
    return this.#ask(this.#byKey, this.#wantedByKey, targetKey);
  }

  review(id: string): ReviewRow | null | undefined {
    return this.#ask(this.#reviews, this.#wantedReviews, id);
  }

  /** The row in Twenty that the record stood in and that a person gave back; null where there is none (SPEC.md §17). */
  givenBack(recordKey: string): GivenBackRow | null | undefined {
    return this.#ask(this.#givenBack, this.#wantedGivenBack, recordKey);
  }

  /** What a person decided about this very event of the record; null where nobody did (SPEC.md I17). */
  correction(row: RecordRow): Correction | null | undefined {
    const known = this.#ask(this.#corrections, this.#wantedCorrections, row.key);
    if (known === undefined || known === null || known.kind === 'none') return known === undefined ? undefined : null;
    const { epoch, sequence } = row.event.order;
    return known.order.epoch === epoch && known.order.sequence === sequence ? known : null;
  }

  hits(source: string, object: string, index: string, value: string): readonly LookupHit[] | undefined {
    const name = JSON.stringify([source, object, index, value]);
    const known = this.#hits.get(name);
    if (known === undefined) this.#wantedHits.set(name, { source, object, index, value });
    return known;
  }

  owner(source: string, reference: string): OwnerRow | undefined {
    const name = JSON.stringify([source, reference]);
    const known = this.#ownerRows.get(name);
    if (known === undefined) this.#wantedOwners.set(name, { source, reference });
    return known;
  }

  /**
   * What a live record becomes, with the values that people corrected and the answers that they gave to its questions;
   * null where its object is not mapped. Undefined: what people said must be read first.
   */
  draft(row: RecordRow): Draft | null | undefined {
    const known = this.#drafts.get(row.key);
    if (known !== undefined) return known;
    const mapping = this.mapping(row.source, row.object);
    if (mapping === null || row.event.after === null) {
      this.#drafts.set(row.key, null);
      return null;
    }
    const correction = this.correction(row);
    if (correction === undefined) return undefined;
    const { changes } = correction ?? { changes: null };
    const after = changes === null ? row.event.after : { ...row.event.after, ...changes };
    const answers = this.#answers.get(row.key) ?? {};
    this.#answers.set(row.key, answers);
    for (;;) {
      const { sourceTime, sourceCreated } = row.event;
      const view = { key: row.key, id: row.id, after, sourceTime, sourceCreated, answers };
      this.#views.set(row.key, view);
      const draft = guarded(mapping, view);
      let unread = false;
      let learned = false;
      for (const question of questionsOf(draft)) {
        const review = this.review(recordReviewId(row.key, question.id));
        if (review === undefined) unread = true;
        else if (review?.status === 'answered' && review.answer !== null && answers[question.id] === undefined) {
          answers[question.id] = review.answer;
          learned = true;
        }
      }
      if (unread) return undefined;
      if (learned) continue;
      this.#drafts.set(row.key, draft);
      return draft;
    }
  }

  /** The files that a record brings along, whatever becomes of it; its draft was asked for before. */
  files(row: RecordRow): readonly FileDraft[] {
    const view = this.#views.get(row.key);
    return view === undefined ? [] : (this.mapping(row.source, row.object)?.files?.(view) ?? []);
  }

  /** Makes the drafts of these rows known. */
  async loadDrafts(rows: readonly RecordRow[]): Promise<void> {
    let left = rows;
    // Asked for all at once: each of them needs it.
    for (const row of rows) {
      this.correction(row);
      this.givenBack(row.key);
    }
    while (left.length > 0) {
      left = left.filter((row) => row.event.op === 'UPSERT' && this.draft(row) === undefined);
      if (left.length > 0 && !(await this.load())) return;
    }
  }

  /** Reads everything asked for since the last time; false when nothing was. */
  async load(): Promise<boolean> {
    const rows = take(this.#wantedRows);
    const ofRecord = take(this.#wantedOfRecord);
    const byKey = take(this.#wantedByKey);
    const reviews = take(this.#wantedReviews);
    const corrections = take(this.#wantedCorrections);
    const givenBack = take(this.#wantedGivenBack);
    const hits = [...this.#wantedHits];
    const owners = [...this.#wantedOwners];
    this.#wantedHits.clear();
    this.#wantedOwners.clear();
    const names = [rows, ofRecord, byKey, reviews, corrections, givenBack, hits, owners];
    if (names.every((wanted) => wanted.length === 0)) return false;
    fill(this.#rows, rows, rows.length === 0 ? NOTHING : await this.#tx.records.get(rows));
    fill(this.#ofRecord, ofRecord, ofRecord.length === 0 ? NOTHING : await this.#tx.targets.ofRecords(ofRecord));
    fill(this.#byKey, byKey, byKey.length === 0 ? NOTHING : await this.#tx.targets.get(byKey));
    fill(this.#reviews, reviews, reviews.length === 0 ? NOTHING : await this.#tx.reviews.get(reviews));
    fill(
      this.#corrections,
      corrections,
      corrections.length === 0 ? NOTHING : await this.#tx.corrections.get(corrections),
    );
    fill(this.#givenBack, givenBack, givenBack.length === 0 ? NOTHING : await this.#tx.givenBack.ofRecords(givenBack));
    await this.#loadHits(hits.map(([, wanted]) => wanted));
    await this.#loadOwners(owners.map(([, wanted]) => wanted));
    return true;
  }

  async #loadHits(wanted: readonly { source: string; object: string; index: string; value: string }[]): Promise<void> {
    const groups = Map.groupBy(wanted, (one) => JSON.stringify([one.source, one.object, one.index]));
    for (const group of groups.values()) {
      const [first] = group;
      if (first === undefined) continue;
      const values = group.map((one) => one.value);
      const found = await this.#tx.lookups.find(first.source, first.object, first.index, values);
      for (const one of group) {
        this.#hits.set(JSON.stringify([one.source, one.object, one.index, one.value]), found.get(one.value) ?? []);
      }
    }
  }

  async #loadOwners(wanted: readonly { source: string; reference: string }[]): Promise<void> {
    for (const [source, group] of Map.groupBy(wanted, (one) => one.source)) {
      const references = group.map((one) => one.reference);
      const rows = await this.#owners.rows(this.#tx, source, references, this.#now);
      for (const [reference, row] of rows) this.#ownerRows.set(JSON.stringify([source, reference]), row);
    }
  }

  #ask<Value>(known: ReadonlyMap<string, Value | null>, wanted: Set<string>, name: string): Value | null | undefined {
    const value = known.get(name);
    if (value === undefined) wanted.add(name);
    return value;
  }
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** A mapping that fails on one record must not stop the others. */
function guarded(mapping: ObjectMapping, view: SourceView): Draft {
  try {
    return mapping.draft(view);
  } catch (thrown) {
    const error = asChangeoverError(thrown);
    return { kind: 'refused', field: error.place.field ?? '', code: error.code, reason: error.message };
  }
}

export function questionsOf(draft: Draft): readonly RecordQuestion[] {
  if (draft.kind === 'question') return [draft.question];
  return draft.kind === 'record' ? draft.record.questions : [];
}

function take(names: Set<string>): string[] {
  const all = [...names];
  names.clear();
  return all;
}

function fill<Value>(
  into: Map<string, Value | null>,
  names: readonly string[],
  found: ReadonlyMap<string, Value>,
): void {
  for (const name of names) into.set(name, found.get(name) ?? null);
}
