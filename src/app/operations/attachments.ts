import { z } from 'zod';
import { retryFiles } from '../../files/index.ts';
import { fileCalls } from '../../files/price.ts';
import { CLASS_OF_STATE, FILE_STATES } from '../../state/file-states.ts';
import type { FileRow } from '../../state/state.ts';
import { defineOperation } from '../operation.ts';
import { filesResidue } from '../scrape-files.ts';

const which = { source: z.string().optional(), object: z.string().optional() };

/** One line of the attachment report: a file, and where it stands. */
function line(row: FileRow) {
  return {
    key: row.key,
    record: row.recordKey,
    name: row.name,
    nameInSource: row.sourceName,
    reference: row.reference,
    size: row.content?.size ?? row.declaredSize,
    type: row.content?.type ?? null,
    sha256: row.content?.sha256 ?? null,
    state: row.state,
    class: CLASS_OF_STATE[row.state],
    code: row.reason?.code ?? null,
    reason: row.reason?.message ?? null,
    attachment: row.attached?.id ?? null,
    attachedTo: row.attached === null ? null : `${row.attached.target.column} ${row.attached.target.id}`,
  };
}

/** What is left to move costs, all of it taken for new. */
function price(left: number, batch: number) {
  const { calls, uploadCalls } = fileCalls({ uploads: left, attachments: left, removals: 0 }, batch);
  return { files: left, attachmentCalls: calls, uploadCalls };
}

/**
 * The attachment report (LIFE-12, KIN-9, SMD-11): accounts for every file that the source has. `after` is the last key of
 * the page before.
 */
export const attachments = defineOperation({
  name: 'attachments',
  access: 'read',
  input: z.strictObject({
    ...which,
    state: z.enum(FILE_STATES).optional(),
    after: z.string().optional(),
    limit: z.int().min(0).max(100_000).default(100),
  }),
  async run({ app }, { source, object, state, after, limit }) {
    return app.state.read(async (tx) => {
      const ledger = (await tx.files.ledger(source ?? null)).filter(
        (row) => object === undefined || row.object === object,
      );
      const rows = await tx.files.page({
        limit,
        ...(source === undefined ? {} : { source }),
        ...(object === undefined ? {} : { object }),
        ...(state === undefined ? {} : { state }),
        ...(after === undefined ? {} : { after }),
      });
      const left = ledger.reduce((sum, { classes }) => sum + classes['on-the-way'] + classes.uploaded, 0);
      const batch = await tx.settings.get('twenty.batch-size');
      return {
        objects: ledger.map((row) => ({ ...row, residue: filesResidue(row) })),
        residue: ledger.reduce((sum, row) => sum + Math.abs(filesResidue(row)), 0),
        reasons: (await tx.files.reasons(source ?? null)).filter(
          (row) => object === undefined || row.object === object,
        ),
        left: price(left, typeof batch === 'number' ? batch : 200),
        files: rows.map(line),
      };
    });
  },
});

/** Lets held and refused files be tried again: those named, or those that the filter finds. */
export const filesRetry = defineOperation({
  name: 'files-retry',
  access: 'write',
  input: z.strictObject({
    ...which,
    code: z.string().optional(),
    keys: z.array(z.string().min(1)).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { source, object, code, keys, by }) {
    const now = app.ports.clock.now();
    const retried = await app.state.transaction(async (tx) => {
      const chosen =
        keys !== undefined && keys.length > 0
          ? { keys }
          : {
              ...(source === undefined ? {} : { source }),
              ...(object === undefined ? {} : { object }),
              ...(code === undefined ? {} : { code }),
            };
      const moved = await retryFiles(tx, chosen, now);
      await tx.audit.append([
        {
          at: now,
          by,
          action: 'files-retry',
          source: source ?? '',
          object: object ?? null,
          key: keys?.[0] ?? null,
          reason: null,
          detail: { files: moved, code: code ?? null },
        },
      ]);
      return moved;
    });
    daemon?.writer?.wake();
    return { retried };
  },
});
