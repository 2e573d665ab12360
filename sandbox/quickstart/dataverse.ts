import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleMapping } from '../dataverse/sample/mapping.ts';
import { SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../samples/smart-crm-online/words.ts';
import { fromConfiguration, samples } from './folder.ts';
import { startProgram } from './program.ts';
import type { Sample } from './sample.ts';

/** What people do during the load, and how far apart: seconds, in a small workspace and in one without a limit. */
const DEEDS = 60;
const SECONDS_APART = { limited: 3, unlimited: 0.25 } as const;
/** While it stays up, somebody does something this often; so many times. */
const LATER = { deeds: 10_000, seconds: 20 } as const;

/** Every row of the environment at the end, for the recount. */
export const ROWS_FILE = 'dataverse-rows.jsonl';

/** A simulated environment of Dataverse, with people who go on working in it while it is read. */
export const dataverse: Sample = {
  source: 'dataverse',
  members: join(samples, 'members.json'),
  real: false,
  async open(folder, { limit, size }) {
    const environment = await startProgram(join(import.meta.dirname, '..', 'dataverse', 'main.ts'), [
      '--sample',
      '--orders',
      '--size',
      String(size),
    ]);
    writeFileSync(join(folder.path, 'mapping.yaml'), sampleMapping());
    const { url, tenant, clientId, secret } = environment.introduction;
    return {
      configuration: {
        name: 'dataverse',
        connector: 'dataverse',
        mapping: fromConfiguration(folder, join(folder.path, 'mapping.yaml')),
        settings: { url, authority: url, tenant, clientId },
        owners: { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] },
      },
      secrets: { DATAVERSE_CLIENT_SECRET: secret ?? '' },
      chapters: [
        {
          title: `Loading the environment, in which people do ${DEEDS} things meanwhile`,
          begin: async () =>
            void (await environment.order(
              `play ${DEEDS} ${limit === 0 ? SECONDS_APART.unlimited : SECONDS_APART.limited}`,
            )),
        },
      ],
      hints: [`The environment:        ${url} (somebody works in it every ${LATER.seconds} seconds)`],
      keep: async () => void (await environment.order(`dump ${join(folder.path, ROWS_FILE)}`)),
      goOn: () => void environment.order(`play ${LATER.deeds} ${LATER.seconds}`).catch(() => undefined),
      close: () => environment.stop(),
    };
  },
};
