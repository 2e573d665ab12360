import { z } from 'zod';
import type { FieldValue } from '../../events/event.ts';
import { defineOperation } from '../operation.ts';
import { plain } from '../plain.ts';

/**
 * A page of the records of an object that a rule of the mapping left out, whole as the source gave them: an archive of what
 * stays outside of Twenty (SMD-10), and the list of what did not move.
 */
export const excludedList = defineOperation({
  name: 'excluded',
  access: 'read',
  input: z.strictObject({
    source: z.string().min(1),
    object: z.string().min(1),
    /** The last key of the page before. */
    after: z.string().nullable().default(null),
    limit: z.int().min(1).max(1_000).default(1_000),
  }),
  async run({ app }, { source, object, after, limit }) {
    const rows = await app.state.read((tx) => tx.records.byClass(source, object, 'excluded', after, limit));
    return {
      records: rows.map(({ key, id, reason, event }) => ({
        key,
        id,
        why: reason?.message ?? '',
        fields: shown(event.after ?? {}),
      })),
      next: rows.length < limit ? null : (rows.at(-1)?.key ?? null),
    };
  },
});

function shown(fields: Readonly<Record<string, FieldValue>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}
