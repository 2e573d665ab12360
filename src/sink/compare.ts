import type { OrderingKey } from '../events/event.ts';
import type { TargetRow } from '../state/state.ts';
import type { TwentyFields, WorkspaceObject } from '../twenty/model.ts';
import { SYNC_FIELD_NAMES } from '../twenty/sync-fields.ts';
import { isEmpty } from '../twenty/values.ts';
import type { EditStand } from './edits.ts';
import { changedFields, holds, type Image, type Normal } from './image.ts';
import type { Write } from './write.ts';

/** What a row in Twenty should be. */
export interface Want {
  readonly targetKey: string;
  readonly kind: TargetRow['kind'];
  readonly object: string;
  readonly id: string;
  readonly parentKey: string | null;
  readonly contributors: readonly string[];
  readonly order: OrderingKey;
  readonly image: Image;
  readonly source: string;
  /** A row that was there before us, by its id; null where the row is ours. */
  readonly adopts: 'live' | 'soft-deleted' | null;
  /** What people changed in the row, and what comes of it. */
  readonly edits: EditStand;
  /** What we last did to a row that is deleted now: a destroyed one is created anew. */
  readonly lastDeletion: 'soft-delete' | 'destroy' | null;
  readonly normal: Normal;
  /** What the workspace says of the object. */
  readonly described: WorkspaceObject | undefined;
}

/**
 * In place of an image's hash: part of a batch may have been applied, or an answer was lost. Whatever the image would
 * be, it is written whole. (A null hash says: read from Twenty, compare the values.)
 */
export const UNCERTAIN = 'uncertain';

/**
 * In place of an image's hash: the row stays though the source deleted its record, and says so. Should the record come back,
 * it is written whole.
 */
export const FLAGGED = 'flagged';

/**
 * In place of an image's hash: the row holds what its image says, but was never written so: a person put back what stood there
 * before an edit that had been kept. Compared field by field.
 */
export const PUT_BACK = 'put back';

export type Comparison =
  | { readonly kind: 'equal' }
  /** Twenty is right; only what we know of it changes. */
  | { readonly kind: 'settle'; readonly row: Omit<TargetRow, 'writtenAt'> }
  | { readonly kind: 'write'; readonly write: Write };

/** Compares what should be with what is; equal images spend no call (SPEC.md I2). Pure. */
export function compare(present: TargetRow | null, want: Want): Comparison {
  const target = targetOf(present, want);
  const { edits } = want;
  const write = (operation: 'create' | 'upsert', fields: TwentyFields): Comparison => {
    // A field that was never written to a row that was there before us: what stands in it is read first.
    const unread = target.before !== null && !target.createdByUs && !wholly(target.before, fields);
    const adopts = want.adopts !== null || unread;
    return {
      kind: 'write',
      write: { operation, target, fields, present, adopts, edits: edits.seen, source: want.source },
    };
  };
  // What a person's edit keeps is not sent, whatever else of the row is (SPEC.md I21).
  const whole = () => Object.fromEntries(Object.entries(want.image.fields).filter(([name]) => !(name in edits.kept)));
  if (want.adopts !== null) return write('upsert', want.image.fields);
  if (present === null) return write('create', filled(want.image.fields, want.described));
  switch (present.status) {
    case 'written': {
      if (edits.returns) return write('upsert', whole());
      if (!edits.overwrites && present.imageHash === target.imageHash && present.checksum === want.image.checksum) {
        return sameStanding(present, target) && !edits.agrees
          ? { kind: 'equal' }
          : { kind: 'settle', row: { ...target, status: 'written' } };
      }
      if (present.imageHash === null) {
        return !edits.overwrites && matches(present, want.image, want.normal)
          ? { kind: 'settle', row: { ...target, status: 'written' } }
          : write('upsert', whole());
      }
      if (present.imageHash === UNCERTAIN || present.imageHash === FLAGGED) return write('upsert', whole());
      const wanted = { ...want.image.fields, ...edits.kept };
      const stands = { ...present.image, ...edits.twenty };
      return present.imageHash === PUT_BACK && holds(wanted, stands, want.normal)
        ? { kind: 'settle', row: { ...target, status: 'written' } }
        : write('upsert', difference(wanted, stands, want.normal));
    }
    case 'deleted':
      // The id of a soft-deleted row is taken still; an upsert restores it (twenty.md O2).
      return want.lastDeletion === 'destroy'
        ? write('create', filled(want.image.fields, want.described))
        : write('upsert', want.image.fields);
    case 'released':
      return write('upsert', whole());
  }
}

/** Whether all of these fields were read. Of a row that was not there when it was read, nothing else can be. */
function wholly(before: Readonly<Record<string, unknown>>, fields: TwentyFields): boolean {
  return !('id' in before) || Object.keys(fields).every((name) => name in before);
}

/** Whether an uncertain row can be taken to hold the image: by its checksum, or value by value. */
function matches(present: TargetRow, image: Image, normal: Normal): boolean {
  if (present.checksum !== null && present.checksum === image.checksum) return true;
  return present.image !== null && holds(image.fields, present.image, normal);
}

/** Only what changed, and the sync fields: what people edited elsewhere in the row stays theirs. */
function difference(wanted: TwentyFields, present: Readonly<Record<string, unknown>>, normal: Normal): TwentyFields {
  const names = new Set<string>([...changedFields(wanted, present, normal), ...SYNC_FIELD_NAMES]);
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => names.has(name)));
}

/**
 * A new row needs no nulls, and fields that may not be null take none (twenty.md O5); but where the server has a default
 * of its own, nothing must be said in so many words, or it would become that.
 */
function filled(fields: TwentyFields, described: WorkspaceObject | undefined): TwentyFields {
  const emptied = (name: string, value: unknown): boolean => {
    const field = described?.fields.get(name);
    return value === null && field?.isNullable === true && field.defaultValue !== null;
  };
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => !isEmpty(value) || emptied(name, value)));
}

function targetOf(present: TargetRow | null, want: Want): Write['target'] {
  const left = leftIn(present, want);
  return {
    targetKey: want.targetKey,
    kind: want.kind,
    object: want.object,
    id: want.id,
    parentKey: want.parentKey,
    contributors: want.contributors,
    // What will stand in the row: the source's values but for edits that stay, and what the mapping leaves as it is.
    image: { ...left, ...want.image.fields, ...want.edits.kept },
    imageHash: hashOfRow(want.image.hash, left),
    checksum: want.image.checksum,
    order: want.order,
    before: present?.id === want.id ? present.before : null,
    createdByUs: present !== null && present.id === want.id ? present.createdByUs : want.adopts === null,
  };
}

/** Fields that stand in the row and that the mapping neither fills nor empties now: `leave` (docs/guide/mapping.md). */
function leftIn(present: TargetRow | null, want: Want): Readonly<Record<string, unknown>> {
  if (present?.status !== 'written' || present.id !== want.id || present.image === null) return {};
  return Object.fromEntries(
    Object.entries(present.image).filter(([name, value]) => !(name in want.image.fields) && !isEmpty(value)),
  );
}

/**
 * The image's own hash takes a field that is emptied and one that is left as it is for the same. So a row in which something
 * is left has another one: when that is to be emptied later, it is written.
 */
function hashOfRow(hash: string, left: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(left).sort();
  return names.length === 0 ? hash : `${hash}+${names.join(',')}`;
}

function sameStanding(present: TargetRow, target: Write['target']): boolean {
  return (
    present.contributors.length === target.contributors.length &&
    present.contributors.every((key, index) => key === target.contributors[index]) &&
    present.parentKey === target.parentKey
  );
}
