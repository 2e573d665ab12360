import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import type { FieldValue } from '../../events/event.ts';
import type { RecordRow } from '../../state/state.ts';
import { defineOperation, type OperationContext } from '../operation.ts';

const page = {
  object: z.string().optional(),
  source: z.string().optional(),
  limit: z.int().min(1).max(100_000).default(100),
};

/** Records of one class, with why they are there. */
async function listClass(
  context: OperationContext,
  recordClass: 'held' | 'dead-lettered',
  input: { object?: string | undefined; source?: string | undefined; limit: number },
) {
  const sources = context.app.loaded.configuration.sources
    .map((source) => source.name)
    .filter((name) => input.source === undefined || name === input.source);
  return context.app.state.read(async (tx) => {
    const items: RecordRow[] = [];
    for (const source of sources) {
      const objects = input.object === undefined ? await tx.records.objects(source) : [input.object];
      for (const object of objects) {
        if (items.length >= input.limit) break;
        items.push(...(await tx.records.byClass(source, object, recordClass, null, input.limit - items.length)));
      }
    }
    return { items: items.map(shortRecord) };
  });
}

function shortRecord(row: RecordRow) {
  return {
    key: row.key,
    class: row.class,
    reason: row.reason,
    since: row.since,
    attempt: row.attempt,
    dueAt: row.dueAt,
  };
}

export const heldList = defineOperation({
  name: 'held-list',
  access: 'read',
  input: z.strictObject(page),
  run: (context, input) => listClass(context, 'held', input),
});

/** Records read from the state at once. */
const LIST_PAGE = 1_000;

/** Every live record of an object with all its columns, where it stands, and why: for whoever checks them one by one (DIN-8). */
export const recordsList = defineOperation({
  name: 'records-list',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1), object: z.string().min(1) }),
  run: ({ app }, { source, object }) =>
    app.state.read(async (tx) => {
      const records: RecordRow[] = [];
      for (let after: string | null = null; ; ) {
        const page: readonly RecordRow[] = await tx.records.page(source, object, after, LIST_PAGE);
        records.push(...page.filter(({ event }) => event.op === 'UPSERT'));
        after = page.at(-1)?.key ?? null;
        if (page.length < LIST_PAGE) break;
      }
      const columns = [...new Set(records.flatMap(({ event }) => Object.keys(event.after ?? {})))];
      return {
        header: ['key', 'class', 'reason', ...columns],
        rows: records.map(({ key, class: where, reason, event }) => [
          key,
          where,
          reason?.message ?? null,
          ...columns.map((column) => shown(event.after?.[column] ?? null)),
        ]),
      };
    }),
});

function shown(value: FieldValue): string | null {
  if (value === null) return null;
  return Array.isArray(value) ? value.map((one) => shown(one) ?? '').join('; ') : String(value);
}

export const rejectsList = defineOperation({
  name: 'rejects-list',
  access: 'read',
  input: z.strictObject(page),
  async run({ app }, input) {
    return app.state.read(async (tx) => {
      const items = [];
      for (const source of app.loaded.configuration.sources)
        items.push(...(await tx.rejects.list(source.name, input.object ?? null, input.limit)));
      return { items, counts: await tx.rejects.counts(null) };
    });
  },
});

/** One record's whole way: event, where it stands and why, what was written and when, what it and others wait for. */
export const explain = defineOperation({
  name: 'explain',
  access: 'read',
  input: z.strictObject({ key: z.string().min(1) }),
  async run({ app }, { key }) {
    return app.state.read(async (tx) => {
      const record = (await tx.records.get([key])).get(key);
      if (record === undefined)
        throw new ChangeoverError('USAGE', `no record has the key ${key}`, {
          hint: 'A key is source/object/id, for example crm/contact/1042.',
        });
      const target = (await tx.targets.ofRecords([key])).get(key) ?? null;
      const children = (await tx.targets.childrenOf([key])).get(key) ?? [];
      return {
        record,
        target,
        children,
        journal: target === null ? [] : await tx.journal.of(target.targetKey),
        waiting: await tx.dependencies.count(`record:${key}`),
        /** What people changed in its rows in Twenty, and what became of it. */
        edits: [...(await tx.edits.of([target, ...children].flatMap((one) => one?.targetKey ?? []))).values()].flat(),
        /** What people decided about it, and when. */
        decisions: await tx.audit.of(key),
      };
    });
  },
});
