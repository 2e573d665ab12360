import { join } from 'node:path';
import { writeExcerpt } from '../samples/smart-crm-online/excerpt.ts';
import { OWNERS, SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../samples/smart-crm-online/words.ts';
import { dropExport, FIRST_EXPORT, fromConfiguration, SECOND_EXPORT, samples } from './folder.ts';
import type { Sample } from './sample.ts';

/** The simulated workspace has the sample's own people: one of them stands in for another, and one owner's records stay held. */
const OWNERS_IN_SANDBOX = { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] };
/** A real one has none of them, and nobody is to be invited for it. */
const OWNERS_IN_REAL = { without: OWNERS.map(({ email }) => email) };

/** Two exports, a week apart, as a person would drop them. */
export const smartCrmOnline: Sample = {
  source: 'smart-crm-online',
  members: join(samples, 'members.json'),
  real: true,
  async open(folder, { real, size }) {
    const drop = (name: string): void => {
      if (size >= 1) dropExport(folder, name);
      else dropExport(folder, name, (beside) => writeExcerpt(beside, name, size));
    };
    return {
      configuration: {
        name: 'smart-crm-online',
        connector: 'smart-crm-online',
        pollSeconds: 1,
        settings: {
          folder: fromConfiguration(folder, folder.exports),
          timezone: 'Europe/Istanbul',
          codePage: 'windows-1254',
        },
        owners: real ? OWNERS_IN_REAL : OWNERS_IN_SANDBOX,
      },
      secrets: {},
      chapters: [
        {
          title: `Loading the first export (${FIRST_EXPORT})`,
          prepare: () => drop(FIRST_EXPORT),
          begin: () => Promise.resolve(),
        },
        {
          title: `Applying the second export (${SECOND_EXPORT}) as a delta`,
          begin: async () => drop(SECOND_EXPORT),
        },
      ],
      hints: [`Drop the next export:   ${folder.exports}`],
      keep: () => Promise.resolve(),
      goOn: () => undefined,
      close: () => Promise.resolve(),
    };
  },
};
