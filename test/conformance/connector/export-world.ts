import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { NO_STEPS } from '../../../src/core/ports.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { Connector, ConnectorContext } from '../../../src/source/connector.ts';
import type { ExportObjectProfile, ExportProfile } from '../../../src/source/export/profile.ts';
import { scratchFolder } from '../../support/scratch.ts';
import type { Candidate, World } from './world.ts';

/** A connector for exported files, and the object of its exports that the suite reads. */
export interface ExportUnderTest {
  readonly profile: ExportProfile;
  readonly object: string;
  /** The column that holds the name. */
  readonly name: string;
  connect(context: ConnectorContext, folder: string): Connector;
}

export interface ExportWorld extends World {
  /** What stands in each row beside id and name. */
  readonly more: Map<string, Readonly<Record<string, string>>>;
  /** Puts the next export out, its file of the object changed by `edit`; null leaves it out. */
  put(edit?: (file: ExportFile) => ExportFile | null): Promise<void>;
}

export interface ExportFile {
  readonly name: string;
  readonly text: string;
}

/** From one export to the next. */
const BETWEEN_MS = 3_600_000;

/** A folder into which exports are put: one more at every `pass`, with all that was done since the last. */
function exportWorld({ profile, object, name, connect }: ExportUnderTest, aheadMs: number): ExportWorld {
  const folder = scratchFolder('contract-exports-');
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const names = new Map<string, string>();
  const more: ExportWorld['more'] = new Map();
  let made = 0;

  const put: ExportWorld['put'] = async (edit = (file) => file) => {
    await clock.advance(BETWEEN_MS);
    const taken = new Date(clock.now() + aheadMs).toISOString().slice(0, 16).replace(':', '');
    const set = join(folder, `export-${taken}`);
    mkdirSync(set);
    for (const one of profile.objects) {
      if (one.presence !== 'required') continue;
      const file = { name: fileNameOf(one), text: textOf(one, one.name === object ? rows(one) : filler(one)) };
      const written = one.name === object ? edit(file) : file;
      if (written !== null) writeFileSync(join(set, written.name), written.text);
    }
  };
  const rows = (one: ExportObjectProfile): readonly Readonly<Record<string, string>>[] =>
    [...names].map(([id, value]) => ({ [one.id[0] ?? '']: id, [name]: value, ...more.get(id) }));

  return {
    more,
    put,
    clock,
    object,
    connect: (reader) =>
      connect(
        {
          ...reader,
          clock,
          random: seededRandom(7),
          http: { send: () => Promise.reject(new Error('this connector calls nobody')) },
          steps: NO_STEPS,
        },
        folder,
      ),
    create(value) {
      made += 1;
      names.set(`R-${String(made).padStart(5, '0')}`, value);
    },
    rename: (id, value) => void names.set(id, value),
    remove(id) {
      names.delete(id);
      more.delete(id);
    },
    contents: () => names,
    nameOf: (values) => values[name],
    pass: () => put(),
    calls: () => [],
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The candidate for a connector of exported files: what is done to an API's pages is done to the file. */
export function exportCandidate(under: ExportUnderTest): Candidate<ExportWorld> {
  const noApi = { because: 'exports are read from a folder, without any call' };
  return {
    open: async ({ aheadMs }) => exportWorld(under, aheadMs),
    // The connector's own pages hold 500 records.
    records: 1_100,
    live: false,
    arrangements: {
      newField(world) {
        const id = [...world.contents().keys()][3] ?? '';
        world.more.set(id, { 'Shoe Size': '43' });
        return { field: 'Shoe Size', id, value: '43' };
      },
      expiredCredentials: noApi,
      throttling: noApi,
      garbledPages: {
        // Broken off inside a quoted cell.
        garble: (world) => world.put(({ text, ...file }) => ({ ...file, text: text.slice(0, text.lastIndexOf('"')) })),
        mend: () => undefined,
      },
      repeatedRecord: { because: 'of an id that stands twice in a file no row is believed (ROW_DUPLICATE_ID)' },
      emptyPage: (world) => world.put(({ text, ...file }) => ({ ...file, text: withLine(text, 600, '\r\n\r\n') })),
      reusedId(world, id, name) {
        world.rename(id, name);
      },
      ignoredPageSize: { because: 'a file has no pages: the connector makes them' },
      renamedObject: (world) => world.put((file) => ({ ...file, name: 'something-else.csv' })),
      removedObject: (world) => world.put(() => null),
      massDelete: true,
    },
  };
}

function withLine(text: string, at: number, line: string): string {
  const lines = text.split('\r\n');
  return `${lines.slice(0, at).join('\r\n')}\r\n${line}${lines.slice(at).join('\r\n')}`;
}

const fileNameOf = ({ files }: ExportObjectProfile): string => (files[0] ?? '').replace('*', '');

/** A row for objects of which there must be one. */
function filler(object: ExportObjectProfile): readonly Readonly<Record<string, string>>[] {
  return object.mayBeEmpty === true ? [] : [{ [object.id[0] ?? '']: 'F-1' }];
}

function textOf(object: ExportObjectProfile, rows: readonly Readonly<Record<string, string>>[]): string {
  const known = [object.id[0] ?? '', ...object.columns.map(({ name }) => name)];
  const headers = [...new Set([...known, ...rows.flatMap((row) => Object.keys(row))])];
  const lines = rows.map((row) => headers.map((header) => `"${row[header] ?? ''}"`).join(','));
  return [headers.join(','), ...lines, ''].join('\r\n');
}
