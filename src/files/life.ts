import type { FileState } from '../state/file-states.ts';
import type { FileAttached, FileContent, FileRow, FileUpload, Reason } from '../state/state.ts';

/** What happens to a file, from its record's side, from the writer of files, or by a person (SPEC.md §1). */
export type FileEvent =
  /** Its record is on the way. */
  | { readonly kind: 'pending' }
  /** Its record stands in Twenty. */
  | { readonly kind: 'ready' }
  /** As `ready`; its name or what it belongs to is another than before. */
  | { readonly kind: 'moved' }
  /** As `ready`; its content may be another than before. */
  | { readonly kind: 'changed' }
  /** Its record waits, or was refused. */
  | { readonly kind: 'blocked'; readonly reason: Reason }
  /** Its record, or the file by itself, was left out. */
  | { readonly kind: 'left-out'; readonly reason: Reason }
  /** The source has it no more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'staged'; readonly content: FileContent }
  /** What lay in the staging folder is not there any more. */
  | { readonly kind: 'bytes-lost' }
  | { readonly kind: 'asked'; readonly upload: FileUpload }
  | { readonly kind: 'completed'; readonly upload: FileUpload }
  /** Twenty does not know the upload: too late, never complete, or swept away. */
  | { readonly kind: 'upload-lost' }
  | { readonly kind: 'linking'; readonly deadline: number }
  | { readonly kind: 'attached'; readonly attached: FileAttached }
  /** The write of the attachment did not happen. */
  | { readonly kind: 'not-attached' }
  /** Refused for a passing reason. */
  | { readonly kind: 'later'; readonly dueAt: number; readonly reason: Reason }
  | { readonly kind: 'held'; readonly reason: Reason }
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** Its attachment is gone from Twenty. */
  | { readonly kind: 'removed' }
  /** A person wants it tried again. */
  | { readonly kind: 'retried' };

export type FileEventKind = FileEvent['kind'];

/**
 * Where it goes. `same`: nothing changes but what the event carries. `late`: the file went another way since, so the
 * event says nothing. `out`: `withdrawing` if Twenty may show it, else `excluded`. `off`: `deleting` if Twenty may show
 * it, else it is forgotten. `forgotten`: the row goes.
 */
export type Step = FileState | 'same' | 'late' | 'out' | 'off' | 'forgotten';

type Row = Readonly<Record<FileEventKind, Step>>;

/** What the writer of files says of a file that is not in its hands. */
const LATE = {
  staged: 'late',
  'bytes-lost': 'late',
  asked: 'late',
  completed: 'late',
  'upload-lost': 'late',
  linking: 'late',
  attached: 'late',
  'not-attached': 'late',
  later: 'late',
  held: 'late',
  refused: 'late',
  removed: 'late',
  retried: 'late',
} as const satisfies Partial<Row>;

/** A file that is not in Twenty and not being brought there: its record alone decides. */
const ASLEEP = {
  ...LATE,
  pending: 'waiting',
  ready: 'wanted',
  moved: 'wanted',
  changed: 'wanted',
  blocked: 'blocked',
  'left-out': 'out',
  gone: 'off',
} as const satisfies Row;

/** A file under way: its record was in Twenty once, and stays there while it is held or on the way again. */
const UNDER_WAY = {
  ...LATE,
  pending: 'same',
  ready: 'same',
  moved: 'same',
  changed: 'wanted',
  blocked: 'same',
  'left-out': 'out',
  gone: 'off',
  later: 'same',
  held: 'held',
  refused: 'refused',
} as const satisfies Row;

/** A file at rest for a reason of its own, which another name, place or content may do away with. */
const AT_REST = {
  ...LATE,
  pending: 'same',
  ready: 'same',
  moved: 'wanted',
  changed: 'wanted',
  blocked: 'same',
  'left-out': 'out',
  gone: 'off',
  retried: 'wanted',
} as const satisfies Row;

/** The total table: every state, every event. */
export const TRANSITIONS: Readonly<Record<FileState, Row>> = {
  waiting: ASLEEP,
  blocked: ASLEEP,
  excluded: { ...ASLEEP, 'left-out': 'same' },
  wanted: { ...UNDER_WAY, staged: 'staged' },
  // Attached at once where it turned out to be what its attachment shows already.
  staged: { ...UNDER_WAY, 'bytes-lost': 'wanted', asked: 'asked', completed: 'uploaded', attached: 'linked' },
  asked: { ...UNDER_WAY, 'bytes-lost': 'wanted', asked: 'asked', completed: 'uploaded', 'upload-lost': 'staged' },
  uploaded: { ...UNDER_WAY, linking: 'linking', 'upload-lost': 'staged' },
  linking: {
    ...UNDER_WAY,
    linking: 'linking',
    attached: 'linked',
    'not-attached': 'uploaded',
    'upload-lost': 'staged',
  },
  linked: { ...UNDER_WAY, moved: 'uploaded', later: 'late', held: 'late', refused: 'late' },
  held: AT_REST,
  refused: AT_REST,
  withdrawing: { ...ASLEEP, 'left-out': 'same', later: 'same', removed: 'excluded' },
  deleting: { ...ASLEEP, 'left-out': 'withdrawing', gone: 'same', later: 'same', removed: 'forgotten' },
};

/** What is wanted of a file, as planning its record says it. */
export type FileWish = Pick<
  FileRow,
  | 'key'
  | 'source'
  | 'object'
  | 'recordKey'
  | 'reference'
  | 'fingerprint'
  | 'name'
  | 'sourceName'
  | 'declaredType'
  | 'declaredSize'
  | 'target'
>;

/** A file that nothing was known of. Null: there is nothing to remember. */
export function born(wish: FileWish, event: FileEvent, now: number): FileRow | null {
  const asleep: FileRow = {
    ...wish,
    state: 'waiting',
    reason: null,
    content: null,
    upload: null,
    attached: null,
    dueAt: 0,
    attempt: 0,
    touches: 0,
    since: now,
  };
  const row = advance(asleep, event, now);
  return row === 'forgotten' ? null : row;
}

/**
 * The file after the event: the same object where nothing changed, `forgotten` where the row goes. `touches`, where given,
 * are those that the writer of files read the row with: what it says of an older wish moves nothing, but what it
 * found out of Twenty (`attached`) is kept all the same.
 */
export function advance(row: FileRow, event: FileEvent, now: number, touches?: number): FileRow | 'forgotten' {
  const overtaken = touches !== undefined && touches !== row.touches;
  const step = TRANSITIONS[row.state][event.kind];
  if (event.kind === 'attached') return attach(row, event.attached, overtaken, step, now);
  if (event.kind === 'removed') return removed(row, step, now);
  if (overtaken && event.kind !== 'not-attached' && event.kind !== 'linking') return row;
  const state = resolved(row, step);
  if (state === 'late') return row;
  if (state === 'forgotten') return 'forgotten';
  return changed(row, event, state, now);
}

/** What an attachment of ours shows. An earlier wish may have been written meanwhile: then it goes on from there. */
function attach(row: FileRow, attached: FileAttached, overtaken: boolean, step: Step, now: number): FileRow {
  const known: FileRow = { ...row, attached, dueAt: 0 };
  if (step !== 'linked') return known;
  if (!overtaken && isShown(known)) {
    return { ...known, state: 'linked', reason: null, upload: attached.upload, attempt: 0, since: now };
  }
  return row.state === 'linking' ? { ...known, state: 'uploaded', since: now } : known;
}

function removed(row: FileRow, step: Step, now: number): FileRow | 'forgotten' {
  if (step === 'forgotten') return 'forgotten';
  const bare: FileRow = { ...row, attached: null, dueAt: 0, attempt: 0 };
  return step === 'late' ? bare : { ...bare, state: 'excluded', since: now };
}

/** Whether the attachment shows exactly what is wanted. */
export function isShown({ attached, name, target, content }: FileRow): boolean {
  return (
    attached !== null &&
    attached.name === name &&
    attached.content.sha256 === content?.sha256 &&
    attached.target.column === target?.column &&
    attached.target.id === target.id
  );
}

/** Whether Twenty may show the file: an attachment is known, or one was begun. */
function mayBeShown(row: FileRow): boolean {
  return row.attached !== null || row.state === 'linking' || row.dueAt > 0;
}

function resolved(row: FileRow, step: Step): FileState | 'late' | 'forgotten' {
  switch (step) {
    case 'same':
      return row.state;
    case 'out':
      return mayBeShown(row) ? 'withdrawing' : 'excluded';
    case 'off':
      return mayBeShown(row) ? 'deleting' : 'forgotten';
    default:
      return step;
  }
}

const REASONED: ReadonlySet<FileEventKind> = new Set(['blocked', 'left-out', 'later', 'held', 'refused']);

function changed(row: FileRow, event: FileEvent, state: FileState, now: number): FileRow {
  const moved = state !== row.state;
  const next: FileRow = {
    ...row,
    state,
    since: moved ? now : row.since,
    ...reasonOf(row, event, state, moved),
    // What was begun and not answered may land until its deadline, whatever is wanted since.
    ...(moved && row.state !== 'linking' && row.state !== 'withdrawing' && row.state !== 'deleting'
      ? { dueAt: 0 }
      : {}),
  };
  switch (event.kind) {
    case 'staged':
      return { ...next, content: event.content, upload: null, attempt: 0 };
    case 'asked':
    case 'completed':
      return { ...next, upload: event.upload };
    case 'upload-lost':
      return { ...next, upload: null, attempt: row.attempt + 1 };
    case 'linking':
      return { ...next, dueAt: event.deadline };
    case 'not-attached':
      return { ...next, dueAt: 0 };
    case 'later':
      return { ...next, dueAt: event.dueAt, attempt: row.attempt + 1 };
    case 'changed':
    case 'retried':
      return { ...next, upload: null, touches: row.touches + 1, attempt: 0 };
    case 'moved':
    case 'gone':
    case 'left-out':
      return { ...next, touches: row.touches + 1 };
    case 'pending':
    case 'ready':
    case 'blocked':
      return moved ? { ...next, touches: row.touches + 1 } : same(row, next);
    default:
      return same(row, next);
  }
}

function reasonOf(
  row: FileRow,
  event: FileEvent,
  state: FileState,
  moved: boolean,
): { readonly reason: Reason | null } | Record<string, never> {
  if (REASONED.has(event.kind) && 'reason' in event) {
    // A file under way does not wait for its record; one at rest keeps the reason of its own.
    const own = event.kind === 'blocked' && state !== 'blocked';
    return own ? { reason: row.reason } : { reason: event.reason };
  }
  return moved ? { reason: null } : {};
}

/** The row itself where nothing of it is new, so that nothing is stored for it. */
function same(row: FileRow, next: FileRow): FileRow {
  return row.state === next.state &&
    row.reason?.message === next.reason?.message &&
    row.reason?.code === next.reason?.code
    ? row
    : next;
}
