import { ChangeoverError } from '../core/errors.ts';
import type { RecordKey } from '../core/identifiers.ts';
import { CLAIM } from '../events/claims.ts';
import type { FieldValues } from '../events/event.ts';
import type { ControlNotice } from '../events/notices.ts';
import { fromJson, toJson } from '../state/json.ts';
import type { AuditEntry, Correction, LogPlace, RecordRow, StateTransaction } from '../state/state.ts';
import { placeOf } from './foreign.ts';
import { recordName } from './names.ts';
import { isDead, noticeByPerson } from './notices.ts';
import { reopen } from './reopen.ts';
import { discardedBy } from './standing.ts';

/** Who decides about dead letters, why, and when. Each decision is audited, and told in `.dead` and `.control`. */
export interface Said {
  readonly by: string;
  readonly reason: string | null;
  readonly now: number;
  readonly run: string;
}

/** Keys named in one control notice; the audit has them all. */
const NAMED_KEYS = 100;

/**
 * Makes dead letters and parked records due at once, and takes back discards. Returns the keys it concerned; others are
 * left as they are.
 */
export async function sendAgain(
  tx: StateTransaction,
  keys: readonly string[],
  said: Said,
): Promise<readonly RecordKey[]> {
  const rows = [...(await tx.records.get(keys)).values()].filter(canBeSentAgain);
  const discards = await tx.corrections.get(rows.map(({ key }) => key));
  const { by, reason, now } = said;
  const back = [...discards.values()].filter(({ kind }) => kind === 'discard');
  await tx.corrections.put(back.map((one): Correction => ({ ...one, kind: 'none', by, reason, at: now })));
  // A parked record is on the way, and its topic says so already.
  await tx.outbox.add(
    rows
      .filter((row) => !isParked(row))
      .map((row) => noticeByPerson(row, 'RELEASED', said, { by, message: reason ?? 'sent again' })),
  );
  await reopen(tx, rows, now);
  await audit(tx, 'dead-letters-retry', rows, said, {});
  return rows.map(({ key }) => key);
}

/** Whether sending it again means anything: it was refused, is parked, or was discarded. */
export function canBeSentAgain(row: RecordRow): boolean {
  return isDead(row) || isParked(row) || row.reason?.code === 'SINK_DISCARDED';
}

export function isParked(row: RecordRow): boolean {
  return row.due && row.attempt > 0 && !isDead(row);
}

/**
 * Corrects values of the event that was refused, for Twenty alone: the event stays as the source gave it, and its next
 * change there is not affected (SPEC.md I17). On top of what was corrected of this event before.
 * @throws DEAD_LETTER_UNKNOWN where the record is neither refused nor parked, or is a deletion.
 */
export async function correctValues(
  tx: StateTransaction,
  key: string,
  changes: FieldValues,
  said: Said,
): Promise<Correction> {
  const row = (await tx.records.get([key])).get(key);
  if (row === undefined || row.event.after === null || !(row.class === 'dead-lettered' || isParked(row)))
    throw new ChangeoverError('DEAD_LETTER_UNKNOWN', `${key} is not a dead letter whose values could be corrected`);
  const known = (await tx.corrections.get([row.key])).get(row.key);
  const earlier = known !== undefined && isFor(known, row) && known.kind === 'edit' ? known.changes : null;
  const { by, reason, now } = said;
  const correction: Correction = {
    key: row.key,
    order: row.event.order,
    kind: 'edit',
    changes: { ...earlier, ...changes },
    by,
    reason,
    at: now,
  };
  await tx.corrections.put([correction]);
  const json = toJson(correction.changes);
  await tx.outbox.add([noticeByPerson(row, 'EDITED', said, { by, message: reason ?? 'corrected', changes: json })]);
  await reopen(tx, [row], now);
  const was = Object.fromEntries(Object.keys(changes).map((name) => [name, row.event.after?.[name] ?? null]));
  // As JSON has it: the detail goes into a notice, which has no form for bigints.
  await audit(tx, 'dead-letters-edit', [row], said, { was: plain(was), is: plain(changes) });
  return correction;
}

/**
 * Leaves refused events out for good: they count as excluded. What stands of the records in Twenty stays. Returns the
 * keys it concerned.
 */
export async function discard(
  tx: StateTransaction,
  keys: readonly string[],
  said: Said & { readonly reason: string },
): Promise<readonly RecordKey[]> {
  const rows = [...(await tx.records.get(keys)).values()].filter(isDead);
  const { by, reason, now } = said;
  await tx.corrections.put(
    rows.map(
      (row): Correction => ({
        key: row.key,
        order: row.event.order,
        kind: 'discard',
        changes: null,
        by,
        reason,
        at: now,
      }),
    ),
  );
  await tx.outbox.add(rows.map((row) => noticeByPerson(row, 'DISCARDED', said, { by, message: reason })));
  // Known at once, and planned all the same: what they are part of may look different without them.
  const live = rows.filter((row) => row.class === 'dead-lettered');
  await tx.records.move(
    live.map((row) => ({
      key: row.key,
      order: row.event.order,
      to: 'excluded',
      reason: discardedBy({ by, reason }),
      due: true,
    })),
    now,
  );
  const discarded = rows.map(({ key }) => key);
  await tx.records.touch(discarded);
  await tx.dependencies.release(discarded.map(recordName));
  await audit(tx, 'dead-letters-discard', rows, said, {});
  return discarded;
}

/** Puts a message aside that nobody will understand. @throws DEAD_LETTER_UNKNOWN where none is open there. */
export async function discardForeign(
  tx: StateTransaction,
  place: { readonly topic: string } & LogPlace,
  said: Said & { readonly reason: string },
): Promise<void> {
  const foreign = await tx.foreignMessages.get(place);
  if (foreign === null || foreign.status !== 'open')
    throw new ChangeoverError('DEAD_LETTER_UNKNOWN', `no message was put aside at ${placeOf(place)}`);
  await tx.foreignMessages.settle(place, 'discarded');
  await auditForeign(tx, 'dead-letters-discard', foreign.source, place, said);
}

export async function auditForeign(
  tx: StateTransaction,
  action: string,
  source: string,
  place: { readonly topic: string } & LogPlace,
  { by, reason, now, run }: Said,
): Promise<void> {
  const detail = { message: placeOf(place) };
  await tx.audit.append([{ at: now, by, action, source, object: null, key: null, reason, detail }]);
  await tx.outbox.add([controlNotice({ source, object: null, action, by, reason, detail, at: now, run })]);
}

async function audit(
  tx: StateTransaction,
  action: string,
  rows: readonly RecordRow[],
  { by, reason, now, run }: Said,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.audit.append(
    rows.map((row) => ({
      at: now,
      by,
      action,
      source: row.source,
      object: row.object,
      key: row.key,
      reason,
      detail: { ...detail, order: row.event.order, refused: row.reason },
    })),
  );
  for (const [source, group] of Map.groupBy(rows, (row) => row.source)) {
    const objects = new Set(group.map(({ object }) => object));
    const [object] = objects;
    const keys = group.slice(0, NAMED_KEYS).map(({ key }) => key);
    await tx.outbox.add([
      controlNotice({
        source,
        object: objects.size === 1 && object !== undefined ? object : null,
        action,
        by,
        reason,
        detail: { ...detail, records: group.length, keys },
        at: now,
        run,
      }),
    ]);
  }
}

/** The audit that a notice tells of: of each record that it names, or of none. The opposite of `audit`, as far as that goes. */
export function auditedIn({ source, object, action, by, reason, detail, at }: ControlNotice): readonly AuditEntry[] {
  if (action === CLAIM) return [];
  const { keys, records: _records, ...rest } = detail;
  const entry = { at, by, action, source, object, reason, detail: rest };
  const named = Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
  if (named.length === 0) return [{ ...entry, key: null }];
  return named.map((key) => ({ ...entry, key }));
}

/** What is told of a decision in the source's topic of control. */
export function controlNotice(said: Omit<ControlNotice, 'kind'>) {
  return {
    source: said.source,
    topic: 'control' as const,
    notice: { kind: 'control' as const, ...said },
    payload: null,
  };
}

function isFor(correction: Correction, row: RecordRow): boolean {
  const { epoch, sequence } = row.event.order;
  return correction.order.epoch === epoch && correction.order.sequence === sequence;
}

function plain(values: FieldValues): Readonly<Record<string, unknown>> {
  return fromJson(toJson(values).replaceAll(/\{"\$bigint":("-?\d+")\}/g, '$1'));
}
