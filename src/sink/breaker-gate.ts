import type { Clock, Logger } from '../core/ports.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { BreakerRow, Reason, RecordClass, StateStore, StateTransaction } from '../state/state.ts';
import { type BreakerLimits, close, type Decision, decide, newBreaker } from './breaker.ts';
import { breakerReviewId, reviewName } from './names.ts';
import { type Change, isDead } from './notices.ts';
import type { ObjectGate } from './object-gates.ts';

/** What the breaker counts of these moves (SPEC.md §10). */
export function decisionsIn(changes: readonly Change[]): readonly Decision[] {
  return changes.flatMap(({ row, move }): readonly Decision[] => {
    const { source, object } = row;
    if (isDead({ class: move.to, reason: move.reason })) {
      if (isDead(row) || move.reason === null) return [];
      return [{ source, object, refused: { reason: move.reason, undecodable: false } }];
    }
    return AT_REST.has(move.to) ? [{ source, object, refused: null }] : [];
  });
}

const AT_REST: ReadonlySet<RecordClass> = new Set(['applied', 'merged', 'excluded', 'deleted']);

export interface CountContext {
  readonly now: number;
  readonly limits: BreakerLimits;
  /** Hash of the mapping under which a source's records are decided at present; null: whichever was known last. */
  mappingOf(source: string): string | null;
}

/** Counts decisions in the transaction that makes them. Returns the breakers that they opened; each asks its question. */
export async function countDecisions(
  tx: StateTransaction,
  context: CountContext,
  decisions: readonly Decision[],
): Promise<readonly BreakerRow[]> {
  const opened: BreakerRow[] = [];
  for (const [source, ofSource] of Map.groupBy(decisions, (one) => one.source)) {
    const byObject = Map.groupBy(ofSource, (one) => one.object);
    const known = await tx.breakers.get(source, [...byObject.keys()]);
    const changed: BreakerRow[] = [];
    for (const [object, made] of byObject) {
      const before = known.get(object) ?? newBreaker(source, object);
      const mapping = context.mappingOf(source) ?? before.mapping;
      const after = decide(before, made, mapping, context.limits, context.now);
      if (after === before) continue;
      changed.push(after);
      if (before.open === null && after.open !== null) opened.push(after);
    }
    if (changed.length > 0) await tx.breakers.put(changed);
  }
  if (opened.length > 0) await tx.reviews.ask(opened.flatMap((breaker) => questionOf(breaker)));
  return opened;
}

/** The one answer: what stopped the object is known, and it goes on. */
export const RESUME = 'resume';

function questionOf({ source, object, open }: BreakerRow) {
  if (open === null) return [];
  return [
    {
      id: breakerReviewId(source, object, open.number),
      queue: 'quality' as const,
      source,
      object,
      recordKey: null,
      question: `${open.reason.message}. Nothing more of it is written until somebody has looked: is it to go on?`,
      detail: { number: open.number, openedAt: open.at },
      choices: [RESUME],
      blocking: true,
      createdAt: open.at,
    },
  ];
}

/** Closes an open breaker, and answers its question in that person's name. False: it is not open. */
export async function closeBreaker(
  tx: StateTransaction,
  source: string,
  object: string,
  by: string,
  now: number,
): Promise<boolean> {
  const breaker = (await tx.breakers.get(source, [object])).get(object);
  if (breaker === undefined || breaker.open === null) return false;
  await tx.breakers.put([close(breaker)]);
  const id = breakerReviewId(source, object, breaker.open.number);
  if ((await tx.reviews.get([id])).get(id)?.status === 'open') await tx.reviews.answer(id, RESUME, by, now);
  return true;
}

/** Keeps an object closed whose breaker is open, until its question is answered (SPEC.md §10). */
export class BreakerGate implements ObjectGate {
  readonly #deps: { readonly state: StateStore; readonly clock: Clock; readonly logger: Logger };

  constructor(deps: { readonly state: StateStore; readonly clock: Clock; readonly logger: Logger }) {
    this.#deps = deps;
  }

  async closed(mapping: CompiledMapping): Promise<ReadonlyMap<string, Reason>> {
    const { source } = mapping;
    const { open, answered } = await this.#deps.state.read(async (tx) => {
      const found = await tx.breakers.open(source);
      if (found.length === 0) return { open: found, answered: new Set<string>() };
      const reviews = await tx.reviews.get(found.map(idOf));
      return { open: found, answered: new Set([...reviews.values()].filter(isAnswered).map(({ id }) => id)) };
    });
    const again = open.filter((breaker) => answered.has(idOf(breaker)));
    if (again.length > 0) await this.#close(again);
    return new Map(
      open.flatMap((breaker): [string, Reason][] => {
        const { object, open: opening } = breaker;
        if (opening === null || again.includes(breaker)) return [];
        return [[object, { ...opening.reason, waitsFor: [reviewName(idOf(breaker))] }]];
      }),
    );
  }

  async #close(answered: readonly BreakerRow[]): Promise<void> {
    const { state, logger } = this.#deps;
    await state.transaction(async (tx) => {
      for (const { source, object, open } of answered) {
        const now = (await tx.breakers.get(source, [object])).get(object);
        // Somebody else closed it meanwhile, and it may be open for another reason by now.
        if (now?.open?.number === open?.number && now !== undefined) await tx.breakers.put([close(now)]);
      }
    });
    for (const { source, object } of answered) logger.info({ source, object }, 'the object goes on');
  }
}

function idOf({ source, object, open }: BreakerRow): string {
  return breakerReviewId(source, object, open?.number ?? 0);
}

function isAnswered(review: { readonly status: string }): boolean {
  return review.status === 'answered';
}
