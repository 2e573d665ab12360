import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upsert } from '../../test/conformance/state/samples.ts';
import type { StoredMessage } from '../bus/bus.ts';
import { SimulatedClock } from '../core/clock.ts';
import type { LogEvent } from '../events/event.ts';
import type { ReadEvent } from '../events/log.ts';
import type { StateEngine } from '../state/engine.ts';
import { openSqliteState } from '../state/sqlite/store.ts';
import { balances } from './identities.ts';
import { takeEvents } from './take.ts';

let folder: string;
let state: StateEngine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-take-'));
  state = await openSqliteState({ file: join(folder, 'state.sqlite'), clock: new SimulatedClock() });
});
afterAll(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

/** What the source does: a record comes, goes, or a snapshot ends there. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), id: fc.nat(11) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), id: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), id: fc.constant(0) }) },
);

const history = fc.record({
  partitions: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
  turns: fc.array(fc.record({ partition: fc.nat(3), size: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 20,
    maxLength: 60,
  }),
});

/** The partitions of a topic as the source's reader fills them: an end stands in each. */
function logOf(object: string, { partitions, steps }: { partitions: number; steps: readonly Step[] }): ReadEvent[][] {
  const log: ReadEvent[][] = Array.from({ length: partitions }, () => []);
  const live = new Set<number>();
  const append = (partition: number, event: LogEvent) => {
    const offset = log[partition]?.length ?? 0;
    log[partition]?.push({ ok: true, schemaId: 1, event, message: { partition, offset } as StoredMessage });
  };
  steps.forEach(({ kind, id }, index) => {
    const sequence = index + 1;
    if (kind === 'end') {
      for (let partition = 0; partition < partitions; partition += 1)
        append(partition, end(object, sequence, live.size));
      return;
    }
    if (kind === 'put') live.add(id);
    else live.delete(id);
    append(id % partitions, upsert({ object, id: String(id), sequence, after: kind === 'put' ? { sequence } : null }));
  });
  return log;
}

interface Step {
  readonly kind: 'put' | 'delete' | 'end';
  readonly id: number;
}

function end(object: string, sequence: number, rows: number): LogEvent {
  return {
    kind: 'watermark',
    source: 'crm',
    object,
    order: { epoch: 1, sequence },
    edge: 'end',
    snapshot: String(sequence),
    observedAt: 0,
    run: 'run',
    rows,
    rejected: 0,
    retained: 0,
  };
}

describe('identity B', () => {
  it('holds after every batch, however far partitions are apart and wherever batches end', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async (one) => {
        run += 1;
        const object = `object${run}`;
        const topic = `changeover.crm.${object}`;
        const log = logOf(object, one);
        const next = log.map(() => 0);
        const take = async (partition: number, size: number) => {
          const from = next[partition] ?? 0;
          const events = (log[partition] ?? []).slice(from, from + size);
          next[partition] = from + events.length;
          const where = { source: 'crm', object, topic, partition, partitions: one.partitions };
          await state.transaction((tx) => takeEvents(tx, where, events, 1));
          const balance = await state.read((tx) => balances(tx));
          expect(balance.find((row) => row.object === object)?.residue ?? 0).toBe(0);
        };
        for (const { partition, size } of one.turns) await take(partition % one.partitions, size);
        for (let partition = 0; partition < one.partitions; partition += 1) await take(partition, one.steps.length);
        const ends = one.steps.flatMap(({ kind }, index) => (kind === 'end' ? [String(index + 1)] : []));
        const marks = await state.read((tx) => tx.watermarks.latest('crm'));
        expect(marks.find((row) => row.object === object)?.snapshot).toBe(ends.at(-1));
        expect(await state.read((tx) => tx.settings.get(`sink.watermarks:${topic}`))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});
