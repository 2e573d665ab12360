import { contentHash, type RecordKey, recordKey } from '../../../src/core/identifiers.ts';
import type { ChangeEvent, FieldValues } from '../../../src/events/event.ts';
import type { RecordMove, RecordRow, StateStore, TargetRow } from '../../../src/state/state.ts';

export interface EventSample {
  readonly id?: string;
  readonly source?: string;
  readonly object?: string;
  readonly sequence: number;
  readonly epoch?: number;
  readonly after?: FieldValues | null;
  readonly created?: number | null;
}

export function upsert(sample: EventSample): ChangeEvent {
  const { id = '1', source = 'crm', object = 'contact', epoch = 1, sequence, created = null } = sample;
  const after = sample.after === undefined ? { name: `name ${sequence}` } : sample.after;
  return {
    kind: 'change',
    key: recordKey(source, object, id),
    source,
    object,
    id,
    op: after === null ? 'DELETE' : 'UPSERT',
    order: { epoch, sequence },
    sourceVersion: `v${sequence}`,
    sourceTime: 1_000 + sequence,
    sourceCreated: created,
    observedAt: 2_000 + sequence,
    run: 'run-1',
    contentHash: contentHash(after),
    after,
  };
}

export function deletion(sample: Omit<EventSample, 'after'>): ChangeEvent {
  return upsert({ ...sample, after: null });
}

export function key(id: string, object = 'contact', source = 'crm'): RecordKey {
  return recordKey(source, object, id);
}

/** The move that the writer makes after it looked at the record: done, nothing left to do. */
export function moveOf(row: RecordRow, to: RecordMove['to'], more: Partial<RecordMove> = {}): RecordMove {
  return { key: row.key, order: row.event.order, to, reason: null, due: false, ...more };
}

export async function rowOf(store: StateStore, recordId: string, object = 'contact'): Promise<RecordRow> {
  const row = (await store.read((state) => state.records.get([key(recordId, object)]))).get(key(recordId, object));
  if (row === undefined) throw new Error(`no record ${recordId}`);
  return row;
}

export function target(targetKey: string, more: Partial<TargetRow> = {}): TargetRow {
  return {
    targetKey,
    kind: 'record',
    object: 'person',
    id: `id of ${targetKey}`,
    parentKey: null,
    contributors: [targetKey],
    status: 'written',
    image: { name: { firstName: 'Ayşe' } },
    imageHash: 'hash',
    checksum: 7,
    order: { epoch: 1, sequence: 1 },
    before: null,
    createdByUs: true,
    writtenAt: 5,
    ...more,
  };
}

/** The code of what the promise was rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
  }
  return 'nothing was thrown';
}
