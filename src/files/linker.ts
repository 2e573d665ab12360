import type { OrderingKey } from '../events/event.ts';
import type { FileAttached, FileRow, JournalEntry, Operation, StateTransaction } from '../state/state.ts';
import type { TwentyFields, TwentyRecord, WorkspaceObject } from '../twenty/model.ts';
import type { WriteOutcome } from '../twenty/twenty.ts';
import { FILE_LANE, type FileLife, settledFrom, store } from './context.ts';
import { attachmentId } from './keys.ts';
import type { FileEvent } from './life.ts';

export const ATTACHMENT = 'attachment';
/** An attachment that cannot be removed for a passing reason is tried again after so long. */
const REMOVAL_AGAIN_MS = 60_000;

/** Attaches uploaded files to their records, a batch a call, and takes attachments away again (SPEC.md §3). */
export class Linker {
  readonly #life: FileLife;

  constructor(life: FileLife) {
    this.#life = life;
  }

  /** Uploaded files, at most a batch. New attachments are created, known ones upserted. */
  async link(rows: readonly FileRow[]): Promise<void> {
    const groups = Map.groupBy(rows, ({ attached }) => (attached === null ? 'create' : 'upsert'));
    for (const operation of ['create', 'upsert'] as const) {
      const group = groups.get(operation) ?? [];
      if (group.length > 0) await this.#write(operation, group);
    }
  }

  async #write(operation: 'create' | 'upsert', rows: readonly FileRow[]): Promise<void> {
    const { deps, options, signal } = this.#life;
    const { clock, twenty, steps } = deps;
    const deadline = clock.now() + options.deadlineMs;
    const begun = await this.#commit(rows, () => [{ kind: 'linking', deadline }]);
    const mine = begun.filter((row): row is FileRow => row?.state === 'linking' && row.target !== null);
    if (mine.length === 0) return;
    steps.reached('before-attach');
    const sent = mine.map((row) => ({ id: attachmentId(row.key), fields: this.#fields(row) }));
    const calling =
      operation === 'create'
        ? twenty.create(ATTACHMENT, sent, { lane: FILE_LANE, signal })
        : twenty.upsert(ATTACHMENT, sent, { lane: FILE_LANE, signal });
    const answer = calling.catch(
      (thrown: unknown): WriteOutcome => ({
        kind: 'unanswered',
        message: thrown instanceof Error ? thrown.message : String(thrown),
      }),
    );
    // One turn of the event loop, so that the request has left when the step is reached.
    await new Promise<void>((resolve) => setImmediate(resolve));
    steps.reached('attach-in-flight');
    const outcome = await answer;
    steps.reached('after-attach');
    await this.#settle(operation, mine, outcome);
  }

  async #settle(operation: 'create' | 'upsert', rows: readonly FileRow[], outcome: WriteOutcome): Promise<void> {
    const { deps } = this.#life;
    switch (outcome.kind) {
      case 'written': {
        const back = new Set(outcome.rows.map(({ id }) => id));
        // A row that did not come back is read again after its deadline.
        const there = rows.filter((row) => back.has(attachmentId(row.key)));
        await this.#commit(there, (row) => [{ kind: 'attached', attached: wanted(row) }], operation);
        return;
      }
      case 'unanswered':
        deps.logger.warn({ files: rows.length, message: outcome.message }, 'attachments were not answered');
        return;
      case 'throttled':
      case 'outage':
        await this.#commit(rows, () => [{ kind: 'not-attached' }]);
        this.#life.pause(outcome.retryAfterMs, outcome.kind === 'outage' ? outcome.message : 'throttled');
        return;
      case 'refused':
        await this.#refused(operation, rows, outcome);
    }
  }

  /** Whoever is to blame is found by looking first, by halving then. */
  async #refused(
    operation: 'create' | 'upsert',
    rows: readonly FileRow[],
    outcome: Extract<WriteOutcome, { kind: 'refused' }>,
  ): Promise<void> {
    if (outcome.reason === 'duplicate') {
      const found = await this.#find(rows);
      if (found.size > 0) {
        await this.#commit(rows, (row) => readBack(row, found.get(attachmentId(row.key))));
        return;
      }
    }
    if (outcome.reason === 'unauthorized') {
      const reason = { code: 'FILES_UPLOAD_FORBIDDEN', message: outcome.message };
      await this.#commit(rows, () => [{ kind: 'not-attached' }, { kind: 'held', reason }]);
      return;
    }
    if (rows.length > 1) {
      await this.#commit(rows, () => [{ kind: 'not-attached' }]);
      const half = Math.ceil(rows.length / 2);
      await this.#write(operation, rows.slice(0, half));
      await this.#write(operation, rows.slice(half));
      return;
    }
    await this.#commit(rows, (row) => [{ kind: 'not-attached' }, this.#blame(row, outcome)]);
  }

  #blame(row: FileRow, { reason, message }: Extract<WriteOutcome, { kind: 'refused' }>): FileEvent {
    switch (reason) {
      case 'foreign-key':
        return { kind: 'held', reason: { code: 'FILES_LINK_MISSING', message } };
      case 'unknown-field':
      case 'schema-changed':
        return { kind: 'held', reason: { code: 'FILES_NO_PLACE', message } };
      default: {
        // "File not found": an upload that Twenty swept away, or never took for whole.
        const again = /file/i.test(message) && /not found|not (?:been )?complete|pending/i.test(message);
        if (again && row.attempt + 1 < this.#life.options.attempts) return { kind: 'upload-lost' };
        return { kind: 'refused', reason: { code: 'FILES_TWENTY_REFUSED', message } };
      }
    }
  }

  /** Writes whose deadline has passed without an answer: what they did is read back (200 a call). */
  async readBack(rows: readonly FileRow[]): Promise<void> {
    const found = await this.#find(rows);
    await this.#commit(rows, (row) => readBack(row, found.get(attachmentId(row.key))), 'create');
  }

  /** Takes the attachments of files away that the source has no more, or that were left out. */
  async remove(rows: readonly FileRow[]): Promise<void> {
    const { deps, signal } = this.#life;
    const ids = rows.map((row) => attachmentId(row.key));
    const outcome = await deps.twenty.softDelete(ATTACHMENT, ids, { lane: FILE_LANE, signal });
    switch (outcome.kind) {
      case 'written':
        await this.#commit(rows, () => [{ kind: 'removed' }], 'soft-delete');
        return;
      case 'refused': {
        const reason = { code: 'FILES_TWENTY_REFUSED', message: outcome.message };
        const dueAt = deps.clock.now() + REMOVAL_AGAIN_MS;
        await this.#commit(rows, () => [{ kind: 'later', dueAt, reason }]);
        return;
      }
      case 'throttled':
      case 'outage':
        this.#life.pause(outcome.retryAfterMs, 'a removal of attachments was not done');
        return;
      case 'unanswered':
        this.#life.pause(REMOVAL_AGAIN_MS / 12, outcome.message);
    }
  }

  #fields(row: FileRow): TwentyFields {
    const { deps } = this.#life;
    const described = deps.twenty.workspace().objects.get(ATTACHMENT);
    const upload = row.upload ?? { kind: 'path', path: '' };
    return {
      name: row.name,
      ...deps.uploads.fields(upload, row.name),
      // Both places where it may have stood: a file that moves to another record leaves the first.
      ...(row.attached === null || row.attached.target.column === row.target?.column
        ? {}
        : { [row.attached.target.column]: null }),
      ...(row.target === null ? {} : { [row.target.column]: row.target.id }),
      ...category(described, row.content?.type ?? null),
    } as TwentyFields;
  }

  async #find(rows: readonly FileRow[]): Promise<ReadonlyMap<string, TwentyRecord>> {
    const { twenty } = this.#life.deps;
    const described = twenty.workspace().objects.get(ATTACHMENT);
    const columns = [...new Set(rows.flatMap(({ target }) => (target === null ? [] : [target.column])))];
    const holds = described?.fields.get('file')?.type === 'FILES' ? 'file' : 'fullPath';
    const found = await twenty.find({
      object: ATTACHMENT,
      by: { field: 'id', values: rows.map((row) => attachmentId(row.key)) },
      fields: ['name', holds, ...columns],
      deleted: true,
      lane: FILE_LANE,
    });
    return new Map(found.map((record) => [record.id, record]));
  }

  /** One transaction for all of them; with the journal, where something was written. */
  async #commit(
    rows: readonly FileRow[],
    events: (row: FileRow) => readonly FileEvent[],
    operation: Operation | null = null,
  ): Promise<readonly (FileRow | null)[]> {
    if (rows.length === 0) return [];
    const { deps, fence } = this.#life;
    const results = await deps.state.transaction(async (tx) => {
      await fence.verify(tx);
      const now = deps.clock.now();
      const stored: (FileRow | null)[] = [];
      for (const row of rows) stored.push((await store(tx, row, events(row), now)).row);
      if (operation !== null) await journal(tx, deps.run, now, operation, rows, stored);
      return stored;
    });
    rows.forEach((row, index) => {
      settledFrom(this.#life, row, results[index] ?? null);
    });
    return results;
  }
}

/** What is written for a file, as its attachment shows it afterwards. */
function wanted(row: FileRow): FileAttached {
  return {
    id: attachmentId(row.key),
    name: row.name,
    target: row.target ?? { column: '', id: '' },
    content: row.content ?? { sha256: '', size: 0, type: null },
    upload: row.upload ?? { kind: 'path', path: '' },
  };
}

/** What an attachment turned out to show, after a call of which nobody knows what it did. */
function readBack(row: FileRow, record: TwentyRecord | undefined): readonly FileEvent[] {
  if (record === undefined) return [{ kind: 'not-attached' }];
  const live = record.deletedAt === null || record.deletedAt === undefined;
  const asWanted = wanted(row);
  const { column, id } = asWanted.target;
  const upload = uploadOf(record);
  const same =
    live &&
    record.name === row.name &&
    record[column] === id &&
    JSON.stringify(upload) === JSON.stringify(asWanted.upload);
  if (same) return [{ kind: 'attached', attached: asWanted }];
  // Ours, but not as it should be: it is written over, whatever it shows now.
  const found: FileAttached = {
    ...asWanted,
    name: String(record.name ?? ''),
    content: { sha256: '', size: 0, type: null },
    upload,
  };
  return [{ kind: 'attached', attached: found }];
}

function uploadOf(record: TwentyRecord): FileAttached['upload'] {
  const first = Array.isArray(record.file) ? (record.file as readonly unknown[])[0] : undefined;
  const fileId = typeof first === 'object' && first !== null && 'fileId' in first ? first.fileId : undefined;
  if (typeof fileId === 'string') return { kind: 'file', fileId };
  return { kind: 'path', path: String(record.fullPath ?? '') };
}

/** Kinds that Twenty sorts attachments into, by MIME type. */
const CATEGORIES: readonly (readonly [RegExp, string])[] = [
  [/^image\//, 'IMAGE'],
  [/^audio\//, 'AUDIO'],
  [/^video\//, 'VIDEO'],
  [/spreadsheet|excel|csv/, 'SPREADSHEET'],
  [/presentation|powerpoint/, 'PRESENTATION'],
  [/zip|tar|rar|7z|gzip|compressed/, 'ARCHIVE'],
  [/^text\/|pdf|word|opendocument\.text|rtf/, 'TEXT_DOCUMENT'],
];

/** Only where the workspace has the field and the option. */
function category(attachment: WorkspaceObject | undefined, type: string | null): TwentyFields {
  const field = attachment?.fields.get('fileCategory');
  if (field?.type !== 'SELECT' || type === null) return {};
  const value = CATEGORIES.find(([pattern]) => pattern.test(type))?.[1];
  return value !== undefined && field.options?.some((option) => option.value === value) === true
    ? { fileCategory: value }
    : {};
}

async function journal(
  tx: StateTransaction,
  run: string,
  now: number,
  operation: Operation,
  before: readonly FileRow[],
  after: readonly (FileRow | null)[],
): Promise<void> {
  const records = await tx.records.get([...new Set(before.map(({ recordKey }) => recordKey))]);
  const entries = before.flatMap((row, index): JournalEntry[] => {
    const shown = after[index]?.attached ?? null;
    if (operation !== 'soft-delete' && shown === null) return [];
    const order: OrderingKey = records.get(row.recordKey)?.event.order ?? { epoch: 0, sequence: 0 };
    return [
      {
        at: now,
        run,
        targetKey: row.key,
        object: ATTACHMENT,
        id: attachmentId(row.key),
        operation,
        before: imageOf(row.attached),
        after: operation === 'soft-delete' ? null : imageOf(shown),
        order,
      },
    ];
  });
  await tx.journal.append(entries);
}

function imageOf(attached: FileAttached | null): Readonly<Record<string, unknown>> | null {
  if (attached === null) return null;
  const { name, target, upload } = attached;
  return {
    name,
    [target.column]: target.id,
    ...(upload.kind === 'file' ? { fileId: upload.fileId } : { fullPath: upload.path }),
  };
}
