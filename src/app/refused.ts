import { ChangeoverError } from '../core/errors.ts';
import { parsePlace, placeOf } from '../sink/foreign.ts';
import { canBeSentAgain, isDead } from '../sink/index.ts';
import type { ForeignMessage, RecordClass, RecordRow, StateStore } from '../state/state.ts';

/** Something that was refused: a record, or a message on one of our topics that is no event of ours. */
export type Refused =
  | {
      readonly kind: 'record';
      /** Its key. */
      readonly name: string;
      readonly source: string;
      readonly object: string;
      /** Parked: tried again by itself at `dueAt`. */
      readonly standing: 'dead' | 'parked' | 'discarded';
      readonly code: string;
      readonly message: string;
      readonly field: string | null;
      readonly attempt: number;
      readonly dueAt: number | null;
      readonly since: number;
    }
  | {
      readonly kind: 'message';
      /** Its place, as `topic/partition/offset`. */
      readonly name: string;
      readonly source: string;
      readonly object: string | null;
      readonly code: string;
      readonly message: string;
      /** Bytes. */
      readonly size: number;
      readonly since: number;
    };

export interface RefusedFilter {
  readonly source?: string | undefined;
  readonly object?: string | undefined;
  readonly code?: string | undefined;
  /** In Twenty; only records have one. */
  readonly field?: string | undefined;
  /** Refused at least so many seconds ago. */
  readonly olderThanSeconds?: number | undefined;
  /** Records too that are tried again by themselves. */
  readonly parked?: boolean | undefined;
}

const PAGE = 500;
const DEAD_CLASSES: readonly RecordClass[] = ['dead-lettered', 'delete-held'];

/** What of these sources was refused and fits the filter: the first `limit` of them, and how many there are. */
export async function findRefused(
  { state, now }: { readonly state: StateStore; readonly now: number },
  sources: readonly string[],
  filter: RefusedFilter,
  limit: number,
): Promise<{ readonly items: readonly Refused[]; readonly matching: number }> {
  const items: Refused[] = [];
  let matching = 0;
  for await (const one of allRefused(state, sources, filter)) {
    if (!fits(one, filter, now)) continue;
    matching += 1;
    if (items.length < limit) items.push(one);
  }
  return { items, matching };
}

/** @throws DEAD_LETTER_UNKNOWN for the first name under which nothing was refused. */
export async function refusedByName(state: StateStore, names: readonly string[]): Promise<readonly Refused[]> {
  return state.read(async (tx) => {
    const rows = await tx.records.get(names.filter((name) => parsePlace(name) === null));
    const found: Refused[] = [];
    for (const name of new Set(names)) {
      const place = parsePlace(name);
      const message = place === null ? null : await tx.foreignMessages.get(place);
      const row = rows.get(name);
      if (message?.status === 'open') found.push(ofMessage(message));
      else if (row !== undefined && canBeSentAgain(row)) found.push(ofRecord(row));
      else throw new ChangeoverError('DEAD_LETTER_UNKNOWN', `nothing was refused under the name ${name}`);
    }
    return found;
  });
}

async function* allRefused(
  state: StateStore,
  sources: readonly string[],
  filter: RefusedFilter,
): AsyncGenerator<Refused> {
  for (const source of sources) {
    if (filter.source !== undefined && filter.source !== source) continue;
    const known = await state.read((tx) => tx.records.objects(source));
    for (const object of known.filter((name) => filter.object === undefined || filter.object === name)) {
      for (const standing of DEAD_CLASSES) yield* ofClass(state, source, object, standing);
      if (filter.parked === true) yield* parked(state, source, object);
    }
    if (filter.field === undefined) yield* messages(state, source, filter.object);
  }
}

async function* ofClass(
  state: StateStore,
  source: string,
  object: string,
  recordClass: RecordClass,
): AsyncGenerator<Refused> {
  for (let after: string | null = null; ; ) {
    const page: readonly RecordRow[] = await state.read((tx) =>
      tx.records.byClass(source, object, recordClass, after, PAGE),
    );
    for (const row of page) if (isDead(row)) yield ofRecord(row);
    after = page.at(-1)?.key ?? null;
    if (page.length < PAGE || after === null) return;
  }
}

async function* parked(state: StateStore, source: string, object: string): AsyncGenerator<Refused> {
  const rows = await state.read(async (tx) =>
    tx.records.get(await tx.retries.keys(source, object, Number.MAX_SAFE_INTEGER)),
  );
  for (const row of rows.values()) yield ofRecord(row);
}

async function* messages(state: StateStore, source: string, object: string | undefined): AsyncGenerator<Refused> {
  for (let after: ForeignMessage | undefined; ; ) {
    const page: readonly ForeignMessage[] = await state.read((tx) =>
      tx.foreignMessages.list({ source, limit: PAGE, ...(after === undefined ? {} : { after }) }),
    );
    for (const message of page) if (object === undefined || message.object === object) yield ofMessage(message);
    after = page.at(-1);
    if (page.length < PAGE || after === undefined) return;
  }
}

function fits(one: Refused, filter: RefusedFilter, now: number): boolean {
  if (filter.code !== undefined && one.code !== filter.code) return false;
  if (filter.field !== undefined && (one.kind === 'message' || one.field !== filter.field)) return false;
  return filter.olderThanSeconds === undefined || now - one.since >= filter.olderThanSeconds * 1000;
}

function ofRecord(row: RecordRow): Refused {
  const { key, source, object, reason, attempt, dueAt, since } = row;
  return {
    kind: 'record',
    name: key,
    source,
    object,
    standing: isDead(row) ? 'dead' : row.due ? 'parked' : 'discarded',
    code: reason?.code ?? '',
    message: reason?.message ?? '',
    field: reason?.field ?? null,
    attempt,
    dueAt,
    since,
  };
}

function ofMessage(message: ForeignMessage): Refused {
  const { source, object, code, size, at } = message;
  return { kind: 'message', name: placeOf(message), source, object, code, message: message.message, size, since: at };
}
