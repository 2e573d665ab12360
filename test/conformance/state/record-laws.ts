import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChangeEvent, isNewer, type OrderingKey } from '../../../src/events/event.ts';
import { MOVES, RECORD_CLASSES } from '../../../src/state/record-classes.ts';
import { LIVE_CLASSES, type RecordClass, type StateStore, type StateTransaction } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { codeOf, key, moveOf, upsert } from './samples.ts';

const IDS = ['1', '2', '3', '4'];
const OBJECTS = ['contact', 'company'];

type Action =
  | { readonly kind: 'take'; readonly events: readonly { id: string; object: string; content: number; step: number }[] }
  | {
      readonly kind: 'move';
      readonly id: string;
      readonly object: string;
      readonly to: RecordClass;
      readonly stale: boolean;
    }
  | { readonly kind: 'touch'; readonly id: string; readonly object: string };

const id = fc.constantFrom(...IDS);
const object = fc.constantFrom(...OBJECTS);

/** Content 0 is a delete. `step` is how far the sequence moves before the event: below zero makes it an older one. */
const eventSample = fc.record({
  id,
  object,
  content: fc.integer({ min: 0, max: 3 }),
  step: fc.integer({ min: -4, max: 4 }),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('take' as const), events: fc.array(eventSample, { maxLength: 6 }) }),
  fc.record({
    kind: fc.constant('move' as const),
    id,
    object,
    to: fc.constantFrom(...RECORD_CLASSES),
    stale: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('touch' as const), id, object }),
);

export function recordLawsConformance(open: OpenState): void {
  describe('ALL-3 identity A', () => {
    it('after any history the running totals equal a recount, and the live ones their six classes', async () => {
      const store = await open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
          run += 1;
          await playHistory(store, `run${run}`, actions);
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('arrival order', () => {
    it('in whatever order and parcels events arrive, the newest one stands at the end, and never an older in between', async () => {
      const store = await open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(arrivals(), async ({ events, parcels }) => {
          run += 1;
          const source = `order${run}`;
          let last: OrderingKey = { epoch: 0, sequence: 0 };
          for (const parcel of parcels) {
            const parcelEvents = parcel.map((event) => ({ ...event, source, key: key('1', 'contact', source) }));
            const row = await store.transaction(async (state) => {
              await state.records.take(parcelEvents, 1);
              return (await state.records.get([key('1', 'contact', source)])).get(key('1', 'contact', source));
            });
            if (row === undefined) throw new Error('a record that was taken is gone');
            expect(isNewer(last, row.event.order)).toBe(false);
            last = row.event.order;
          }
          const newest = events.reduce((best, event) => (isNewer(event.order, best.order) ? event : best));
          const row = (await store.read((state) => state.records.get([key('1', 'contact', source)]))).get(
            key('1', 'contact', source),
          );
          expect(row?.event.op).toBe(newest.op);
          expect(row?.event.contentHash).toBe(newest.contentHash);
          expect(row?.event.after).toEqual(newest.after);
        }),
        { numRuns: 60 },
      );
    });
  });
}

async function playHistory(store: StateStore, source: string, actions: readonly Action[]): Promise<void> {
  const sequences = new Map<string, number>();
  for (const [index, step] of actions.entries()) {
    await store.transaction((state) => play(state, store, source, sequences, step, index));
    const [rows, recount] = await store.read(async (state) => [
      await state.ledger.rows(source),
      await state.ledger.recount(source),
    ]);
    expect(rows).toEqual(recount);
    for (const row of rows) expect(row.live).toBe(LIVE_CLASSES.reduce((sum, name) => sum + row.classes[name], 0));
  }
}

async function play(
  state: StateTransaction,
  _store: StateStore,
  source: string,
  sequences: Map<string, number>,
  step: Action,
  now: number,
): Promise<void> {
  if (step.kind === 'take') {
    const events = step.events.map((sample): ChangeEvent => {
      const name = `${sample.object}/${sample.id}`;
      const sequence = Math.max(1, (sequences.get(name) ?? 1) + sample.step);
      sequences.set(name, sequence);
      const after = sample.content === 0 ? null : { content: sample.content };
      return upsert({ source, object: sample.object, id: sample.id, sequence, after });
    });
    await state.records.take(events, now);
    return;
  }
  const recordKey = key(step.id, step.object, source);
  if (step.kind === 'touch') return state.records.touch([recordKey]);
  const row = (await state.records.get([recordKey])).get(recordKey);
  if (row === undefined) return;
  const order = step.stale ? { epoch: row.event.order.epoch, sequence: row.event.order.sequence + 1 } : row.event.order;
  const moving = state.records.move([moveOf(row, step.to, { order })], now);
  if (step.stale) expect(await moving).toEqual([]);
  else if (MOVES[row.class][step.to]) expect(await moving).toEqual([recordKey]);
  else expect(await codeOf(moving)).toBe('INTERNAL');
}

/** Events of one record with distinct ordering keys, in an order of arrival that begins with an upsert, some arriving twice. */
function arrivals(): fc.Arbitrary<{ events: readonly ChangeEvent[]; parcels: readonly (readonly ChangeEvent[])[] }> {
  const sample = fc.record({ content: fc.integer({ min: 0, max: 3 }), epoch: fc.integer({ min: 1, max: 2 }) });
  return fc.array(sample, { minLength: 1, maxLength: 9 }).chain((samples) => {
    const events = samples.map(({ content, epoch }, index) =>
      // A delete of a record never seen leaves nothing behind, so the first to arrive makes it known.
      upsert({ epoch, sequence: index + 1, after: content === 0 && index > 0 ? null : { content } }),
    );
    const [first, ...others] = events;
    if (first === undefined) throw new Error('no events');
    return fc
      .tuple(
        fc.shuffledSubarray([...others, ...others], { minLength: others.length * 2, maxLength: others.length * 2 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: events.length - 1 }),
      )
      .map(([shuffled, size, promoted]) => {
        const opener = events[promoted];
        const start = opener !== undefined && opener.op === 'UPSERT' ? opener : first;
        const queue = [start, first, ...shuffled];
        const parcels: ChangeEvent[][] = [];
        while (queue.length > 0) parcels.push(queue.splice(0, size));
        return { events, parcels };
      });
  });
}
