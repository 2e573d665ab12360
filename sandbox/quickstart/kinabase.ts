import { join } from 'node:path';
import { SAMPLE_FIELDS } from '../kinabase/sample/collections.ts';
import { SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../samples/smart-crm-online/words.ts';
import { samples } from './folder.ts';
import { startProgram } from './program.ts';
import type { Sample } from './sample.ts';

/** What people do during the load, and how far apart: seconds, in a small workspace and in one without a limit. */
const DEEDS = 30;
const SECONDS_APART = { limited: 3, unlimited: 0.25 } as const;
/** While it stays up, somebody does something this often; so many times. */
const LATER = { deeds: 10_000, seconds: 20 } as const;
/** The sample is small and close by: it is not made to last as long as the documented limit would. */
const SOURCE_CALLS = 1_000;
/** Deletes are found by whole reads: often, so that they can be seen to arrive. */
const SWEEP_SECONDS = 20;

/** Every record of the workspace at the end. */
export const RECORDS_FILE = 'kinabase-records.jsonl';

/** A simulated Kinabase workspace of twelve collections, with people who go on working in it while it is read. */
export const kinabase: Sample = {
  source: 'kinabase',
  members: join(samples, 'members.json'),
  real: false,
  async open(folder, { limit, size }) {
    const workspace = await startProgram(join(import.meta.dirname, '..', 'kinabase', 'main.ts'), [
      '--sample',
      '--orders',
      '--size',
      String(size),
      '--limit',
      String(SOURCE_CALLS),
    ]);
    const { url, appId, secret } = workspace.introduction;
    return {
      configuration: {
        name: 'kinabase',
        connector: 'kinabase',
        settings: {
          url,
          appId,
          callsPerMinute: SOURCE_CALLS,
          sweepSeconds: SWEEP_SECONDS,
          fields: SAMPLE_FIELDS,
          activities: { deals: 'read' },
        },
        owners: { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] },
      },
      secrets: { KINABASE_APP_SECRET: secret ?? '' },
      chapters: [
        {
          title: `Loading the workspace, in which people do ${DEEDS} things meanwhile`,
          begin: async () =>
            void (await workspace.order(
              `play ${DEEDS} ${limit === 0 ? SECONDS_APART.unlimited : SECONDS_APART.limited}`,
            )),
        },
      ],
      hints: [`The Kinabase workspace: ${url} (somebody works in it every ${LATER.seconds} seconds)`],
      keep: async () => void (await workspace.order(`dump ${join(folder.path, RECORDS_FILE)}`)),
      goOn: () => void workspace.order(`play ${LATER.deeds} ${LATER.seconds}`).catch(() => undefined),
      close: () => workspace.stop(),
    };
  },
};
