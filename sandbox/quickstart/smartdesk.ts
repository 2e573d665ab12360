import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../samples/smart-crm-online/words.ts';
import { writeAttachments } from '../samples/smartdesk/attachments.ts';
import { firstExport, secondExport } from '../samples/smartdesk/generate.ts';
import { ENGLISH, type Language, TURKISH, writeExport } from '../samples/smartdesk/languages.ts';
import { COLUMNS, type Tables } from '../samples/smartdesk/tables.ts';
import { fromConfiguration, samples } from './folder.ts';
import type { Sample } from './sample.ts';

const SEED = 11;
const FIRST = 'export-2026-03-02';
const SECOND = 'export-2026-03-09';

/** Every row of the account at the end, for the recount. */
export const ROWS_FILE = 'smartdesk-rows.jsonl';

/** Two exports, a week apart; by the second one somebody has set the administration to Turkish, and another code page. */
export const smartdesk: Sample = {
  source: 'smartdesk',
  members: join(samples, 'members.json'),
  real: false,
  async open(folder, { size }) {
    const first = firstExport(SEED, size);
    const drop = (name: string, tables: Tables, language: Language): void => {
      // Appears whole, as a careful person would drop it.
      const beside = join(folder.path, `${name}.next`);
      const rows = Object.fromEntries(Object.entries(tables).map(([table, all]) => [table, [...all.values()]]));
      writeExport(beside, rows, language, COLUMNS);
      writeAttachments(beside, tables);
      renameSync(beside, join(folder.exports, name));
    };
    return {
      configuration: {
        name: 'smartdesk',
        connector: 'smartdesk',
        pollSeconds: 1,
        settings: {
          folder: fromConfiguration(folder, folder.exports),
          timezone: 'Europe/Istanbul',
          codePage: 'windows-1254',
        },
        owners: { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] },
      },
      secrets: {},
      chapters: [
        {
          title: `Loading the first export (${FIRST})`,
          prepare: () => drop(FIRST, first, ENGLISH),
          begin: () => Promise.resolve(),
        },
        {
          title: `Applying the second export (${SECOND}), with Turkish headers in windows-1254, as a delta`,
          begin: async () => drop(SECOND, secondExport(first, SEED), TURKISH),
        },
      ],
      hints: [`Drop the next export:   ${folder.exports}`],
      keep: async () => keepRows(join(folder.path, ROWS_FILE), secondExport(first, SEED)),
      goOn: () => undefined,
      close: () => Promise.resolve(),
    };
  },
};

function keepRows(file: string, tables: Tables): void {
  const lines = Object.entries(tables).flatMap(([table, rows]) =>
    [...rows].map(([id, row]) => `${JSON.stringify({ table, id, row })}\n`),
  );
  writeFileSync(file, lines.join(''));
}
