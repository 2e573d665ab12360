import type { Clock } from '../core/ports.ts';
import type { CompiledMapping, ObjectMapping, QualityThreshold } from '../mapping/model.ts';
import type { Reason, RecordRow, ReviewRow, StateStore, StateTransaction, WatermarkRow } from '../state/state.ts';
import { recordReviewId } from './names.ts';
import type { ObjectGate } from './object-gates.ts';

interface QualityGateDeps {
  readonly state: StateStore;
  readonly clock: Clock;
}

/** What was found the last time that an object's records were looked at, and what that rests on. */
interface Finding {
  readonly basis: string;
  readonly at: number;
  readonly reason: Reason | null;
}

type Question = Parameters<StateTransaction['reviews']['ask']>[0][number];

const PAGE = 500;
/** While an object is closed, corrected records may open it: it is counted anew this often. */
const AGAIN_MS = 10_000;
/** So many records of a page-wise listing are asked about one by one; beyond that the rule itself is what is wrong. */
const ASKED_RECORDS = 1000;

/**
 * ALL-12: an object is loaded once its first complete snapshot shows that enough of its records pass the mapping's
 * quality rules, or once somebody said that it may go all the same. Records that a person decided about count as passing.
 */
export class QualityGate implements ObjectGate {
  readonly #deps: QualityGateDeps;
  readonly #findings = new Map<string, Finding>();

  constructor(deps: QualityGateDeps) {
    this.#deps = deps;
  }

  async closed(mapping: CompiledMapping): Promise<ReadonlyMap<string, Reason>> {
    const closed = new Map<string, Reason>();
    const guarded = [...mapping.objects.values()].filter((object) => object.quality.thresholds.length > 0);
    if (guarded.length === 0) return closed;
    const { marks, open } = await this.#deps.state.read(async (tx) => ({
      marks: await tx.watermarks.latest(mapping.source),
      open: (await tx.reviews.counts()).find(({ queue }) => queue === 'quality')?.open ?? 0,
    }));
    for (const object of guarded) {
      const mark = marks.find((row) => row.object === object.object);
      const reason =
        mark === undefined
          ? NO_SNAPSHOT
          : await this.#judge(mapping, object, mark, `${mapping.hash} ${mark.snapshot} ${open}`);
      if (reason !== null) closed.set(object.object, reason);
    }
    return closed;
  }

  async #judge(
    mapping: CompiledMapping,
    object: ObjectMapping,
    mark: WatermarkRow,
    basis: string,
  ): Promise<Reason | null> {
    const name = `${mapping.source}/${object.object}`;
    const known = this.#findings.get(name);
    const now = this.#deps.clock.now();
    const opened = known?.reason === null && known.basis.startsWith(`${mapping.hash} ${mark.snapshot} `);
    if (known !== undefined && (opened || (known.basis === basis && now - known.at < AGAIN_MS))) return known.reason;
    const share = await this.#shares(mapping.source, object);
    const low = object.quality.thresholds.filter((threshold) => share.of(threshold.rule) < threshold.share);
    const reason = await this.#settle(mapping.source, object, mark, low, share);
    // Asking changes the number of open questions, on which this very finding rests.
    const asked = await this.#deps.state.read((tx) => tx.reviews.counts());
    const openNow = asked.find(({ queue }) => queue === 'quality')?.open ?? 0;
    this.#findings.set(name, { basis: `${mapping.hash} ${mark.snapshot} ${openNow}`, at: now, reason });
    return reason;
  }

  /** Looks at every live record in pages, each a short read, so that nobody waits for it. */
  async #shares(source: string, object: ObjectMapping): Promise<Shares> {
    const shares = new Shares();
    let after: string | null = null;
    for (;;) {
      const page = await this.#deps.state.read(async (tx) => {
        const rows = await tx.records.page(source, object.object, after, PAGE);
        const live = rows.filter((row) => row.event.after !== null);
        const ids = live.flatMap((row) => object.quality.thresholds.map(({ rule }) => reviewOf(row, rule)));
        return { rows, live, reviews: ids.length === 0 ? new Map<string, ReviewRow>() : await tx.reviews.get(ids) };
      });
      for (const row of page.live) shares.add(row, object, page.reviews);
      const last = page.rows.at(-1);
      if (last === undefined || page.rows.length < PAGE) return shares;
      after = last.key;
    }
  }

  async #settle(
    source: string,
    object: ObjectMapping,
    mark: WatermarkRow,
    low: readonly QualityThreshold[],
    shares: Shares,
  ): Promise<Reason | null> {
    const idOf = (threshold: QualityThreshold) =>
      `quality:${source}/${object.object}/${threshold.rule}/${mark.snapshot}`;
    const { answers, asked } = await this.#deps.state.read(async (tx) => ({
      answers: await tx.reviews.get(object.quality.thresholds.map(idOf)),
      asked: await openQuestions(tx, source, object.object),
    }));
    const closing = low.filter((threshold) => answers.get(idOf(threshold))?.answer !== 'load');
    // Of rules that enough records pass by now, and of snapshots that a newer one followed.
    const over = asked.filter((id) => !closing.some((threshold) => idOf(threshold) === id));
    const now = this.#deps.clock.now();
    const questions = closing.map(
      (threshold): Question => ({
        id: idOf(threshold),
        queue: 'quality',
        source,
        object: object.object,
        recordKey: null,
        question: `Of ${shares.total} records of ${object.object}, ${shares.failed(threshold.rule)} fail the quality rule ${threshold.rule}; the mapping wants ${percent(threshold.share)} to pass. Load the object all the same, or wait until the records are mended?`,
        detail: {
          rule: threshold.rule,
          field: threshold.field,
          records: shares.total,
          failed: shares.failed(threshold.rule),
          wanted: threshold.share,
          snapshot: mark.snapshot,
        },
        choices: ['load', 'wait'],
        blocking: true,
        createdAt: now,
      }),
    );
    const ofRecords = closing.length === 0 ? [] : shares.questions(closing, now);
    if (questions.length + over.length > 0) {
      await this.#deps.state.transaction(async (tx) => {
        if (over.length > 0) await tx.reviews.withdraw(over);
        if (questions.length > 0) await tx.reviews.ask([...questions, ...ofRecords]);
      });
    }
    const [first] = questions;
    return first === undefined
      ? null
      : { code: 'SINK_QUALITY_LOW', message: first.question, waitsFor: questions.map(({ id }) => `review:${id}`) };
  }
}

const NO_SNAPSHOT: Reason = {
  code: 'SINK_QUALITY_UNKNOWN',
  message: 'the mapping wants a share of the records to pass its quality rules, and no snapshot is complete yet',
};

/** How many records pass which rule. */
class Shares {
  #total = 0;
  readonly #failed = new Map<string, number>();
  readonly #asked = new Map<string, Question[]>();

  get total(): number {
    return this.#total;
  }

  add(row: RecordRow, object: ObjectMapping, reviews: ReadonlyMap<string, ReviewRow>): void {
    const { after, sourceTime, sourceCreated } = row.event;
    if (after === null) return;
    const answers = Object.fromEntries(
      object.quality.thresholds.flatMap(({ rule }) => {
        const review = reviews.get(reviewOf(row, rule));
        return review?.status === 'answered' && review.answer !== null ? [[`quality/${rule}`, review.answer]] : [];
      }),
    );
    const failures = object.quality.failures({ key: row.key, id: row.id, after, sourceTime, sourceCreated, answers });
    if (failures === null) return;
    this.#total += 1;
    for (const { rule, question } of failures) {
      this.#failed.set(rule, this.failed(rule) + 1);
      const asked = this.#asked.get(rule) ?? [];
      this.#asked.set(rule, asked);
      if (question === null || asked.length >= ASKED_RECORDS) continue;
      asked.push({
        id: recordReviewId(row.key, question.id),
        queue: question.queue,
        source: row.source,
        object: row.object,
        recordKey: row.key,
        question: question.question,
        detail: {},
        choices: question.choices,
        blocking: question.blocking,
        createdAt: 0,
      });
    }
  }

  failed(rule: string): number {
    return this.#failed.get(rule) ?? 0;
  }

  of(rule: string): number {
    return this.#total === 0 ? 1 : 1 - this.failed(rule) / this.#total;
  }

  questions(rules: readonly QualityThreshold[], now: number): readonly Question[] {
    return rules.flatMap(({ rule }) => (this.#asked.get(rule) ?? []).map((one) => ({ ...one, createdAt: now })));
  }
}

function reviewOf(row: RecordRow, rule: string): string {
  return recordReviewId(row.key, `quality/${rule}`);
}

/** Open questions about the object as a whole; of its records there may be thousands. */
async function openQuestions(tx: StateTransaction, source: string, object: string): Promise<readonly string[]> {
  const prefix = `quality:${source}/${object}/`;
  const rows = await tx.reviews.list({ source, queue: 'quality', status: 'open', after: prefix, limit: 100 });
  return rows.filter((row) => row.object === object && row.id.startsWith(prefix)).map(({ id }) => id);
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
