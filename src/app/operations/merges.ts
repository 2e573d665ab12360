import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import type { Said } from '../../sink/decisions.ts';
import { previewUnmerge, sharedRow } from '../../sink/merge-preview.ts';
import { takeBack, takeOut } from '../../sink/unmerge.ts';
import type { ApartRow, LineageRow, StateTransaction, TargetRow } from '../../state/state.ts';
import { isEmpty } from '../../twenty/values.ts';
import type { Application } from '../application.ts';
import { defineOperation } from '../operation.ts';
import { plain } from '../plain.ts';
import { mappingsOf, previewDeps } from './replay.ts';

/** Rows in Twenty that several source records make up, and who is kept apart. */
export const mergesList = defineOperation({
  name: 'merges-list',
  access: 'read',
  input: z.strictObject({
    /** The Twenty object. */
    object: z.string().min(1).optional(),
    /** Rows after the one of this key. */
    after: z.string().min(1).optional(),
    limit: z.int().min(1).max(100_000).default(100),
  }),
  async run({ app }, { object, after, limit }) {
    return app.state.read(async (tx) => {
      const page = await tx.lineage.page(object ?? null, after ?? null, limit);
      const targets = await tx.targets.get(page.map(({ targetKey }) => targetKey));
      return {
        items: page.flatMap((row) => {
          const target = targets.get(row.targetKey);
          return target === undefined || target.contributors.length < 2 ? [] : [rowOf(row, target)];
        }),
        counts: await tx.lineage.counts(),
        apart: (await tx.apart.list(limit)).map(shownApart),
      };
    });
  },
});

/** One row of several records: who makes it up, which value comes from whom and since when, and what was passed over. */
export const mergesShow = defineOperation({
  name: 'merges-show',
  access: 'read',
  input: z.strictObject({ key: z.string().min(1) }),
  async run({ app }, { key }) {
    const known = await app.state.read(async (tx) => {
      const target = await sharedTarget(tx, key);
      const keys = target.contributors;
      return {
        target,
        lineage: (await tx.lineage.get([target.targetKey])).get(target.targetKey),
        apart: await tx.apart.of(keys),
        decisions: await tx.audit.of(key),
      };
    });
    const { target, lineage, apart, decisions } = known;
    const shared = await sharedRow(await previewDeps(app, await mappingsOf(app, 'confirmed')), target);
    const fields = Object.entries(lineage?.fields ?? {}).map(([field, { from, since }]) => ({
      field,
      value: target.image?.[field] ?? null,
      from,
      since,
      rule: shared.rules[field] ?? 'first',
      passedOver: shared.records
        .filter((one) => !from.includes(one.key) && !isEmpty(one.fields[field]))
        .map((one) => ({ key: one.key, value: one.fields[field] ?? null })),
    }));
    return {
      row: target.targetKey,
      object: target.object,
      id: target.id,
      since: lineage?.at ?? null,
      records: shared.records.map(({ fields: _fields, ...record }) => record),
      fields: plain(fields) as typeof fields,
      apart: apart.map(shownApart),
      decisions,
    };
  },
});

/** Takes one record out of the row that it shares, into one of its own, for good. Without `apply` it only says what that does and costs. */
export const mergesUnmerge = defineOperation({
  name: 'merges-unmerge',
  access: 'write',
  input: z.strictObject({
    key: z.string().min(1),
    apply: z.boolean().default(false),
    reason: z.string().trim().min(1).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { key, apply, reason, by }) {
    const said = saidBy(app, by, reason ?? null);
    const preview = await previewUnmerge(await previewDeps(app, await mappingsOf(app, 'confirmed')), key, said);
    if (apply) {
      await app.state.transaction((tx) => takeOut(tx, key, said));
      daemon?.writer?.wake();
    }
    return { ...preview, applied: apply };
  },
});

/** Takes back that records are kept apart. */
export const mergesReopen = defineOperation({
  name: 'merges-reopen',
  access: 'write',
  input: z.strictObject({
    key: z.string().min(1),
    /** The other record; all from which it is kept apart where this is left out. */
    other: z.string().min(1).optional(),
    reason: z.string().trim().min(1).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { key, other, reason, by }) {
    const said = saidBy(app, by, reason ?? null);
    const back = await app.state.transaction((tx) => takeBack(tx, key, other ?? null, said));
    daemon?.writer?.wake();
    return { takenBack: back.map(shownApart) };
  },
});

async function sharedTarget(tx: StateTransaction, key: string): Promise<TargetRow> {
  const target = (await tx.targets.ofRecords([key])).get(key);
  if (target === undefined || target.contributors.length < 2)
    throw new ChangeoverError('MERGE_UNKNOWN', `${key} shares no row in Twenty with another record`);
  return target;
}

function rowOf({ targetKey, object, id, at, fields }: LineageRow, { contributors }: TargetRow) {
  const [survivor = targetKey] = contributors;
  const origins = Object.values(fields);
  return {
    row: targetKey,
    object,
    id,
    survivor,
    records: contributors,
    since: at,
    /** How many fields have a value of each record. */
    fields: Object.fromEntries(
      contributors.map((key) => [key, origins.filter(({ from }) => from.includes(key)).length]),
    ),
  };
}

function shownApart({ takenOut, from, by, reason, at }: ApartRow) {
  return { takenOut, from, by, reason, at };
}

function saidBy(app: Application, by: string, reason: string | null): Said {
  return { by, reason, now: app.ports.clock.now(), run: app.ports.random.uuid() };
}
