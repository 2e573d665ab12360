import { z } from 'zod';
import { adoptedFields, isBeforeKnown, wasRestored } from '../../sink/adopted.ts';
import { standingImage } from '../../sink/edit-commit.ts';
import { previewGiveBack } from '../../sink/give-back-preview.ts';
import { adoptedTarget, giveBack, takeAgain } from '../../sink/given-back.ts';
import { normalOf } from '../../sink/values.ts';
import type { EditRow, GivenBackRow, TargetRow } from '../../state/state.ts';
import type { Workspace } from '../../twenty/model.ts';
import type { Application } from '../application.ts';
import { defineOperation } from '../operation.ts';
import { plain } from '../plain.ts';
import { mappingsOf, previewDeps } from './replay.ts';

/** Rows in Twenty that were there before us and that records have by now, and those that were given back. */
export const adoptedList = defineOperation({
  name: 'adopted-list',
  access: 'read',
  input: z.strictObject({
    /** The Twenty object. */
    object: z.string().min(1).optional(),
    /** Rows after this one: its object and key. */
    after: z.strictObject({ object: z.string().min(1), row: z.string().min(1) }).optional(),
    limit: z.int().min(1).max(100_000).default(100),
  }),
  async run({ app }, { object, after, limit }) {
    const workspace = await workspaceOf(app);
    return app.state.read(async (tx) => {
      const from = after === undefined ? null : { object: after.object, targetKey: after.row };
      const page = await tx.targets.adopted(object ?? null, from, limit);
      const edits = await tx.edits.open(page.map(({ targetKey }) => targetKey));
      return {
        items: page.map((target) => {
          const fields = fieldsOf(workspace, target, edits.get(target.targetKey) ?? []);
          return { ...rowOf(target), overwritten: fields.filter((one) => one.overwritten).map(({ field }) => field) };
        }),
        counts: await tx.targets.adoptedCounts(),
        givenBack: (await tx.givenBack.list(limit)).map(shownBack),
      };
    });
  },
});

/** One such row, field by field: what it held before us, and what stands there now. */
export const adoptedShow = defineOperation({
  name: 'adopted-show',
  access: 'read',
  input: z.strictObject({ key: z.string().min(1) }),
  async run({ app }, { key }) {
    const workspace = await workspaceOf(app);
    return app.state.read(async (tx) => {
      const back = (await tx.givenBack.ofRecords([key])).get(key);
      const target = back === undefined || back.doneAt === null ? await adoptedTarget(tx, key) : null;
      const edits = target === null ? [] : ((await tx.edits.open([target.targetKey])).get(target.targetKey) ?? []);
      return {
        row: target === null ? null : rowOf(target),
        fields: target === null ? [] : (plain(fieldsOf(workspace, target, edits)) as ReturnType<typeof fieldsOf>),
        /** Fields that a person changed since, whose change stands. */
        edited: edits.map(({ field, by }) => ({ field, by })),
        givenBack: back === undefined ? null : shownBack(back),
        decisions: await tx.audit.of(key),
      };
    });
  },
});

/** Gives such a row its earlier values back. Without `apply` it only says what that does and costs. */
export const adoptedGiveBack = defineOperation({
  name: 'adopted-give-back',
  access: 'write',
  input: z.strictObject({
    key: z.string().min(1),
    apply: z.boolean().default(false),
    reason: z.string().trim().min(1).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { key, apply, reason, by }) {
    const said = saidBy(app, by, reason ?? null);
    const preview = await previewGiveBack(await previewDeps(app, await mappingsOf(app, 'confirmed')), key, said);
    if (apply) {
      await app.state.transaction((tx) => giveBack(tx, key, said));
      daemon?.writer?.wake();
    }
    return { ...preview, ...(plain({ returned: preview.returned, kept: preview.kept }) as Values), applied: apply };
  },
});

type Values = Pick<Awaited<ReturnType<typeof previewGiveBack>>, 'returned' | 'kept'>;

/** Takes back that a row was given back: its records may have it again. */
export const adoptedReopen = defineOperation({
  name: 'adopted-reopen',
  access: 'write',
  input: z.strictObject({
    key: z.string().min(1),
    reason: z.string().trim().min(1).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { key, reason, by }) {
    const back = await app.state.transaction((tx) => takeAgain(tx, key, saidBy(app, by, reason ?? null)));
    daemon?.writer?.wake();
    return { object: back.object, id: back.id, records: back.records };
  },
});

/** It says how values are compared. */
async function workspaceOf(app: Application): Promise<Workspace> {
  return (await app.twenty()).client.workspace();
}

function fieldsOf(workspace: Workspace, target: TargetRow, edits: readonly EditRow[]) {
  const image = standingImage(target, edits);
  return adoptedFields({ before: target.before, image }, normalOf(workspace, target.object));
}

function rowOf(target: TargetRow) {
  const { targetKey, object, id, contributors, status, writtenAt } = target;
  return {
    row: targetKey,
    object,
    id,
    records: contributors,
    /** Whether it was deleted before us, and brought back. */
    how: wasRestored(target) ? ('restored' as const) : ('taken-over' as const),
    /** False: what it held before us was never read, or only after we had written to it. */
    known: isBeforeKnown(target),
    /** The source deleted its record, or the record is left out: nobody answers for the row. */
    letGo: status === 'released',
    writtenAt,
  };
}

function shownBack({ object, id, targetKey, records, by, reason, at, doneAt, kept }: GivenBackRow) {
  return { row: targetKey, object, id, records, by, reason, at, doneAt, kept: plain(kept) as typeof kept };
}

function saidBy(app: Application, by: string, reason: string | null) {
  return { by, reason, now: app.ports.clock.now(), run: app.ports.random.uuid() };
}
