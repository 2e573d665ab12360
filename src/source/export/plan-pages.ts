import type { FileHandle } from 'node:fs/promises';
import type { Page, RejectedRow, SourceRecord } from '../connector.ts';
import { trimCell } from '../delimited/parse.ts';
import { compilePattern } from '../delimited/patterns.ts';
import { readRowsAt } from '../delimited/read.ts';
import { Zone } from '../delimited/zone.ts';
import { checkpointAt, type ExportCheckpoint } from './checkpoint.ts';
import type { Plan } from './fingerprints.ts';
import type { ExportObjectProfile, ExportProfile, ExportRow } from './profile.ts';
import { toRow } from './table.ts';

/** Records in a page. */
const PAGE = 500;

export interface PlanReading {
  readonly plan: Plan;
  /** The private copy that the plan's rows lie in. */
  readonly staged: FileHandle;
  readonly object: ExportObjectProfile;
  readonly profile: ExportProfile;
  readonly signal: AbortSignal;
}

/** The pages of a plan after a checkpoint: rejected rows, then upserts in file order, then deletes in order of their ids. */
export async function* planPages(
  reading: PlanReading,
  from: ExportCheckpoint | null,
  withDeletes: boolean,
): AsyncGenerator<Page> {
  const phase = from?.phase ?? 'rejects';
  const position = from?.position ?? -1;
  if (phase === 'rejects') yield* rejectPages(reading.plan, Number(position));
  if (phase !== 'deletes') yield* upsertPages(reading, phase === 'upserts' ? Number(position) : -1);
  if (withDeletes) yield* deletePages(reading.plan, phase === 'deletes' ? String(position) : '');
}

function* rejectPages(plan: Plan, after: number): Generator<Page> {
  for (let found = plan.rejects(after, PAGE); found.length > 0; found = plan.rejects(after, PAGE)) {
    after = found.at(-1)?.start ?? after;
    yield { records: [], rejects: found.map((one) => one.row), checkpoint: checkpointAt(plan.facts, 'rejects', after) };
  }
}

async function* upsertPages(
  { plan, staged, object, profile, signal }: PlanReading,
  after: number,
): AsyncGenerator<Page> {
  const { facts } = plan;
  const zone = new Zone(profile.zone ?? 'UTC');
  const created = timeReader(object.created?.column, facts.createdPattern, zone);
  const modified = timeReader(object.modified?.column, facts.modifiedPattern, zone);
  let remaining = plan.upsertsAfter(after);
  for (let ranges = plan.upserts(after, PAGE); ranges.length > 0; ranges = plan.upserts(after, PAGE)) {
    signal.throwIfAborted();
    after = ranges.at(-1)?.start ?? after;
    const rows = await readRowsAt(staged, facts.staged, ranges);
    remaining -= ranges.length;
    const records = rows.map((cells): SourceRecord => {
      const row = toRow(cells, facts.layout);
      const fields = object.build?.(row) ?? row.fields;
      // No version: exports are read in the order of their times, and a modified time may well go back between two of them.
      return {
        id: row.id,
        op: 'UPSERT',
        after: fields,
        version: null,
        time: modified(row.fields),
        created: created(row.fields),
      };
    });
    yield { records, checkpoint: checkpointAt(facts, 'upserts', after), remaining };
  }
}

function* deletePages(plan: Plan, after: string): Generator<Page> {
  for (let ids = plan.removals(after, PAGE); ids.length > 0; ids = plan.removals(after, PAGE)) {
    after = ids.at(-1) ?? after;
    const records = ids.map(
      (id): SourceRecord => ({ id, op: 'DELETE', after: null, version: null, time: null, created: null }),
    );
    yield { records, checkpoint: checkpointAt(plan.facts, 'deletes', after) };
  }
}

/** All rejected rows of a plan, in file order. */
export function* planRejects(plan: Plan): Generator<RejectedRow> {
  for (let after = -1, found = plan.rejects(after, PAGE); found.length > 0; found = plan.rejects(after, PAGE)) {
    after = found.at(-1)?.start ?? after;
    for (const one of found) yield one.row;
  }
}

function timeReader(
  column: string | undefined,
  pattern: string | null,
  zone: Zone,
): (fields: ExportRow['fields']) => number | null {
  if (column === undefined || pattern === null) return () => null;
  const compiled = compilePattern(pattern);
  return (fields) => compiled.parse(trimCell(fields[column] ?? ''), zone)?.instant ?? null;
}
