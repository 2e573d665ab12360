// A first load through the real writer, and nothing beside it but its own polls, at 100 calls a minute under a simulated
// clock, against the simulated workspace with the real server's limiter, whose bucket is empty at the start. The workspace
// takes 60 rows a call, so that there are calls enough to measure. Other lanes beside a load: bench/mix.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_LIMITS, startTwentySandbox } from '../sandbox/twenty/index.ts';
import { SimulatedClock } from '../src/core/clock.ts';
import { createHttp } from '../src/core/http.ts';
import { contentHash, recordKey } from '../src/core/identifiers.ts';
import { silentLogger } from '../src/core/logger.ts';
import { NO_STEPS } from '../src/core/ports.ts';
import { seededRandom } from '../src/core/random.ts';
import type { ChangeEvent, FieldValues } from '../src/events/event.ts';
import type { CompiledMapping, LinkRequest, ObjectMapping, RecordDraft, SourceView } from '../src/mapping/model.ts';
import { createWriter, NO_SINK_EVENTS } from '../src/sink/index.ts';
import { openSqliteState } from '../src/state/sqlite/store.ts';
import type { StateStore } from '../src/state/state.ts';
import { type BudgetEvent, RateBudget } from '../src/twenty/budget.ts';
import { createTwenty, type TwentyClient } from '../src/twenty/client.ts';
import { applyProvision, planProvision } from '../src/twenty/provision.ts';
import type { CallEvent } from '../src/twenty/transport.ts';
import { count, delayed, type MixBenchOptions } from './mix.ts';
import type { BenchResult } from './result.ts';

const SOURCE = 'bench';
const BATCH = 60;
/** As the daemon polls members and unique values, unless told otherwise. */
const POLL_MS = 300_000;

export async function benchBudget(options: MixBenchOptions = {}): Promise<BenchResult> {
  const records = options.records ?? 21_000;
  const limit = { tokens: options.limit ?? 100, windowMs: 60_000 };
  const clock = new SimulatedClock();
  const random = seededRandom(options.seed ?? 1);
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bench-'));
  const sandbox = await startTwentySandbox({
    clock,
    limits: NO_LIMITS,
    timeline: false,
  });
  const real = createHttp({ credentialOrigins: [sandbox.url] });
  const state = await openSqliteState({ file: join(folder, 'state.db'), clock });
  const waits = new Map<string, number>();
  const calls = new Map<string, number>();
  const batches = { load: 0, full: 0, rows: 0 };
  const access = { url: sandbox.url, apiKey: sandbox.token, clock, logger: silentLogger(), batchSize: BATCH };
  try {
    const mapping = mappingOf(SOURCE);
    await provision(await createTwenty({ ...access, http: real, budget: new RateBudget({ clock }) }), clock, mapping);
    await confirm(state, [mapping]);
    const totals = await fill(state, records, clock.now());
    sandbox.setLimits({ short: { tokens: Math.max(100, limit.tokens), windowMs: 1000 }, long: limit });
    sandbox.engine.limiter.drain(clock.now());
    const budget = new RateBudget({ clock, limit, observe: (event: BudgetEvent) => count(waits, event) });
    const client = await createTwenty({
      ...access,
      http: delayed(real, clock, random),
      budget,
      observe: (event: CallEvent) => void calls.set(event.operation, (calls.get(event.operation) ?? 0) + 1),
    });
    calls.clear();
    const before = sandbox.limiter();
    const began = clock.monotonic();
    const writer = createWriter({
      state,
      twenty: client,
      clock,
      random,
      logger: silentLogger(),
      steps: NO_STEPS,
      holder: 'bench',
      workspace: 'sandbox',
      run: 'bench',
      mappings: () => [mapping],
      lane: () => 'load',
      events: {
        ...NO_SINK_EVENTS,
        called: ({ rows, object, outcome }) => {
          if (outcome !== 'written') throw new Error(`a write of ${object} ended ${outcome}`);

          batches.load += 1;
          batches.rows += rows;
          if (rows === client.batchSize()) batches.full += 1;
        },
      },
      // Two groups waiting use the limit fully, however the answers come.
      options: {
        parallel: 2 * budget.groupSize(),
        passSize: 20 * client.batchSize(),
        pollMs: POLL_MS,
        latencyMs: 3_600_000,
      },
    });
    const stop = new AbortController();
    const running = writer.run(stop.signal);
    await Promise.race([writer.idle(), running]);
    const elapsed = clock.monotonic() - began;
    const after = sandbox.limiter();
    await writer.stop();
    await running;
    const least = totals.reduce((sum, rows) => sum + Math.ceil(rows / client.batchSize()), 0);
    const granted = after.granted - before.granted;
    const allowed = Math.floor((elapsed * limit.tokens) / limit.windowMs);
    const figures = {
      minutesSimulated: elapsed / 60_000,
      callsAllowed: allowed,
      callsGranted: granted,
      shareUsed: granted / allowed,
      refused: after.refused - before.refused,
      recordsLoaded: batches.rows,
      loadCalls: batches.load,
      loadCallsLeast: least,
      fullBatches: batches.full / Math.max(1, batches.load),
      // An empty workspace needs no read: each one that is made counts against us.
      readCalls: calls.get('find') ?? 0,
      callsPer1000: (1000 * (batches.load + (calls.get('find') ?? 0))) / batches.rows,
      callsPer1000Least: (1000 * least) / batches.rows,
      pollCalls: calls.get('scan') ?? 0,
      waitedPaceSeconds: waits.get('pace') ?? 0,
      waitedRefusedSeconds: waits.get('refused') ?? 0,
    };
    const goals = { shareUsed: '>= 0.98', refused: '0', callsPer1000: '<= 1.05 x callsPer1000Least' };
    const holds =
      figures.shareUsed >= 0.98 && figures.refused === 0 && figures.callsPer1000 <= 1.05 * figures.callsPer1000Least;
    return { bench: 'budget', figures, goals, holds };
  } finally {
    await state.close();
    await real.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function provision(client: TwentyClient, clock: SimulatedClock, mapping: CompiledMapping): Promise<void> {
  const plan = planProvision(client.workspace(), mapping.desired, 'bench');
  await applyProvision({ client, clock, logger: silentLogger() }, plan);
}

/** Of 7 records: 1 company, 3 people, 1 deal, 1 note with its target. All at once in the state, as after intake. */
async function fill(state: StateStore, records: number, now: number): Promise<readonly number[]> {
  const unit = Math.floor(records / 7);
  const kinds = [
    ['company', unit],
    ['person', 3 * unit],
    ['deal', unit],
    ['note', unit],
  ] as const;
  for (const [object, total] of kinds) {
    for (let from = 0; from < total; from += 5000) {
      const events = Array.from({ length: Math.min(5000, total - from) }, (_, index) =>
        event(SOURCE, object, from + index, now),
      );
      await state.transaction((tx) => tx.records.take(events, now));
    }
  }
  return [unit, 3 * unit, unit, unit, unit];
}

function event(source: string, object: string, index: number, now: number): ChangeEvent {
  const after: FieldValues = { index: String(index) };
  return {
    kind: 'change',
    key: recordKey(source, object, String(index)),
    source,
    object,
    id: String(index),
    op: 'UPSERT',
    order: { epoch: 1, sequence: index + 1 },
    sourceVersion: '1',
    sourceTime: now,
    sourceCreated: null,
    observedAt: now,
    run: 'bench',
    contentHash: contentHash(after),
    after,
  };
}

async function confirm(state: StateStore, mappings: readonly CompiledMapping[]): Promise<void> {
  await state.transaction(async (tx) => {
    for (const { source, hash } of mappings) {
      await tx.mappings.confirm({ source, hash, text: '', confirmedBy: 'bench', confirmedAt: 0 });
    }
  });
}

function link(name: string, column: string, object: string, id: string): LinkRequest {
  const otherwise = { kind: 'hold', reason: 'the parent is not there yet' } as const;
  return { name, attempts: [{ column, label: name, by: 'id', object, id }], otherwise };
}

type Parts = Partial<RecordDraft> & Pick<RecordDraft, 'fields'>;

const DRAFTS: Readonly<
  Record<string, readonly [target: string, tier: ObjectMapping['tier'], draft: (view: SourceView) => Parts]>
> = {
  company: ['company', 'company', ({ id }) => ({ fields: { name: `Company ${id}`, position: Number(id) } })],
  person: [
    'person',
    'person',
    ({ key, id }) => ({
      fields: {
        name: { firstName: 'Ada', lastName: `Example ${id}` },
        emails: { primaryEmail: `ada${id}@${key.split('/')[0]}.example.com`, additionalEmails: [] },
        position: Number(id),
      },
      links: [link('company', 'companyId', 'company', String(Math.floor(Number(id) / 3)))],
    }),
  ],
  deal: [
    'opportunity',
    'opportunity',
    ({ id }) => ({
      fields: { name: `Deal ${id}`, stage: 'NEW', position: Number(id) },
      links: [link('company', 'companyId', 'company', id)],
    }),
  ],
  note: [
    'note',
    'activity',
    ({ id }) => ({
      fields: { title: `Note ${id}`, bodyV2: { markdown: 'Called back.', blocknote: null }, position: Number(id) },
      children: [
        {
          name: 'target',
          target: 'noteTarget',
          fields: {},
          parentColumn: 'noteId',
          links: [link('person', 'targetPersonId', 'person', id)],
          sharedKey: null,
        },
      ],
    }),
  ],
};

function mappingOf(source: string): CompiledMapping {
  const objects = Object.entries(DRAFTS).map(([object, [target, tier, draft]]): [string, ObjectMapping] => [
    object,
    {
      object,
      target,
      tier,
      quality: { thresholds: [], failures: () => [] },
      policies: { duplicate: 'hold', softDeleted: 'hold', onDelete: 'soft-delete' },
      draft: (view) => ({
        kind: 'record',
        record: { target, links: [], owners: [], children: [], lookups: [], losses: [], questions: [], ...draft(view) },
      }),
    },
  ]);
  return {
    source,
    hash: `bench-${source}`,
    objects: new Map(objects),
    skipped: new Map(),
    desired: {
      objects: [],
      fields: [],
      options: [],
      synced: ['company', 'person', 'opportunity', 'note', 'noteTarget'],
    },
  };
}
