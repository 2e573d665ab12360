import { fromJson, fromJsonOrNull, toJson } from '../json.ts';
import type { LogPlace, NoticePayload, PendingNotice } from '../state.ts';
import type { BackupRow, Translation } from './translate.ts';

/** A log that moved: where what the state knows of it stands now. */
export interface MovedLog {
  readonly places: LogPlaces;
  topic(source: string, object: string): Promise<string>;
  /** The same bytes with the id that their schema has now. */
  bytes(topic: string, value: Uint8Array): Uint8Array;
}

export interface LogPlaces {
  /** Null: the log has no such topic. */
  place(topic: string, offset: number, key: string): LogPlace | null;
  /** The next offsets to read, by partition. */
  positions(topic: string, position: number): readonly number[];
}

/** What has to change in a state when its log moves: every place in the log, and bytes that name a schema by its id. */
export function placesMoved(log: MovedLog, settings: Readonly<Record<string, unknown>>): Translation {
  return {
    settings: {
      order: 'all',
      row: async (row) => [row],
      more: Object.entries(settings).map(([name, value]) => ({ name, value: toJson(value) })),
    },
    positions: { order: 'all', row: async (row) => positionRows(log, row) },
    records: { order: 'one-by-one', row: async (row) => [await recordRow(log, row)] },
    outbox: { order: 'one-by-one', row: async (row) => [await outboxRow(log, row)] },
    foreign_messages: { order: 'all', row: async (row) => [foreignRow(log, row)] },
  };
}

function positionRows({ places }: MovedLog, row: BackupRow): readonly BackupRow[] {
  const next = places.positions(String(row.topic), Number(row.next));
  return next.map((offset, partition_number) => ({ ...row, partition_number, next: offset }));
}

async function recordRow({ places, topic }: MovedLog, row: BackupRow): Promise<BackupRow> {
  if (row.log_offset === null || row.log_offset === undefined) return row;
  const name = await topic(String(row.source), String(row.object));
  return { ...row, ...columnsOf(places.place(name, Number(row.log_offset), String(row.key)), 'log_partition') };
}

async function outboxRow(log: MovedLog, row: BackupRow): Promise<BackupRow> {
  const notice = fromJson<PendingNotice>(String(row.notice));
  if (notice.kind !== 'outcome' || notice.origin === null) return row;
  const payload = fromJsonOrNull<NoticePayload>(row.payload === null ? null : String(row.payload));
  const { origin, key } = notice;
  const event = payload?.kind === 'event' ? payload.event : null;
  const topic = 'topic' in origin ? origin.topic : event === null ? '' : await log.topic(event.source, event.object);
  const place = origin.offset < 0 ? null : log.places.place(topic, origin.offset, key);
  const bytes = payload?.kind === 'bytes' ? { kind: 'bytes', bytes: moved(log, topic, payload.bytes) } : payload;
  return {
    ...row,
    notice: toJson({ ...notice, origin: place === null ? origin : { ...origin, ...place } }),
    payload: bytes === null ? null : toJson(bytes),
  };
}

function foreignRow(log: MovedLog, row: BackupRow): BackupRow {
  const topic = String(row.topic);
  const place = log.places.place(topic, Number(row.log_offset), String(row.message_key));
  return {
    ...row,
    ...columnsOf(
      place ?? { partition: Number(row.partition_number), offset: Number(row.log_offset) },
      'partition_number',
    ),
    bytes: row.bytes === null ? null : moved(log, topic, String(row.bytes)),
  };
}

function columnsOf(place: LogPlace | null, partition: 'log_partition' | 'partition_number'): BackupRow {
  return { [partition]: place?.partition ?? null, log_offset: place?.offset ?? null };
}

function moved(log: MovedLog, topic: string, base64: string): string {
  return Buffer.from(log.bytes(topic, Buffer.from(base64, 'base64'))).toString('base64');
}
