import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE_MODULES, sampleMapping } from '../dinamik/sample/mapping.ts';
import { SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../samples/smart-crm-online/words.ts';
import { fromConfiguration, samples } from './folder.ts';
import { startProgram } from './program.ts';
import type { Sample } from './sample.ts';

/** What people do during the load, and how far apart: seconds, in a small workspace and in one without a limit. */
const DEEDS = 28;
const SECONDS_APART = { limited: 3, unlimited: 0.5 } as const;
/** While it stays up, somebody does something this often; so many times. */
const LATER = { deeds: 10_000, seconds: 20 } as const;
/** Calls a second that the account allows, and tells nobody. */
const HIDDEN_RATE = 30;

/** Every row of the account at the end, for whoever counts again. */
export const ROWS_FILE = 'dinamik-rows.jsonl';

/** A simulated account of DinamikCRM with six modules of its own, whose people go on working while it is read. */
export const dinamik: Sample = {
  source: 'dinamik',
  members: join(samples, 'members.json'),
  real: false,
  async open(folder, { limit, size }) {
    const account = await startProgram(join(import.meta.dirname, '..', 'dinamik', 'main.ts'), [
      '--sample',
      '--orders',
      '--size',
      String(size),
      '--rate',
      String(HIDDEN_RATE),
    ]);
    writeFileSync(join(folder.path, 'mapping.yaml'), sampleMapping());
    const { url, apiKey, apiSecret } = account.introduction;
    return {
      configuration: {
        name: 'dinamik',
        connector: 'dinamik',
        mapping: fromConfiguration(folder, join(folder.path, 'mapping.yaml')),
        pollSeconds: 20,
        settings: { url, customModules: SAMPLE_MODULES, sweepSeconds: 0 },
        owners: { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] },
      },
      secrets: { DINAMIK_API_KEY: apiKey ?? '', DINAMIK_API_SECRET: apiSecret ?? '' },
      chapters: [
        {
          title: `Loading the account, in which people do ${DEEDS} things meanwhile`,
          begin: async () =>
            void (await account.order(
              `play ${DEEDS} ${limit === 0 ? SECONDS_APART.unlimited : SECONDS_APART.limited}`,
            )),
        },
      ],
      hints: [`The account:            ${url} (somebody works in it every ${LATER.seconds} seconds)`],
      keep: async () => void (await account.order(`dump ${join(folder.path, ROWS_FILE)}`)),
      goOn: () => void account.order(`play ${LATER.deeds} ${LATER.seconds}`).catch(() => undefined),
      close: () => account.stop(),
    };
  },
};
