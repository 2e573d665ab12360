import { z } from 'zod';
import { BLIND_SETTING } from '../../sink/index.ts';
import type { EditRow } from '../../state/state.ts';
import { defineOperation } from '../operation.ts';
import { plain } from '../plain.ts';

const STATUSES = [
  'open',
  'overwritten',
  'agreed',
  'undone',
  'gone',
  'lost',
] as const satisfies readonly EditRow['status'][];

/** What people changed in Twenty of what was written there, and what became of it. */
export const editsList = defineOperation({
  name: 'edits-list',
  access: 'read',
  input: z.strictObject({
    status: z.enum(STATUSES).optional(),
    /** The Twenty object. */
    object: z.string().min(1).optional(),
    /** Those found after the one of this number. */
    after: z.int().min(0).optional(),
    limit: z.int().min(1).max(100_000).default(100),
  }),
  async run({ app }, { status, object, after, limit }) {
    return app.state.read(async (tx) => ({
      items: plain(
        await tx.edits.list({
          limit,
          ...(status === undefined ? {} : { status }),
          ...(object === undefined ? {} : { object }),
          ...(after === undefined ? {} : { after }),
        }),
      ) as readonly EditRow[],
      counts: await tx.edits.counts(),
      /** What cannot be looked at, and why. */
      blind: ((await tx.settings.get(BLIND_SETTING)) ?? {}) as Readonly<Record<string, string>>,
    }));
  },
});
