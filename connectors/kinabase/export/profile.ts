import { basename } from 'node:path';
import { contentHash } from '../../../src/core/identifiers.ts';
import type { FieldValues } from '../../../src/source/connector.ts';
import type { ExportObjectProfile, ExportProfile, ExportRow } from '../../../src/source/export/export-source.ts';
import { type ExportSet, listSets, matchesObject } from '../../../src/source/export/set.ts';
import type { Collection } from '../catalogue.ts';
import type { RawCollection } from '../raw.ts';
import { OWN_COLUMNS } from './rows.ts';
import type { ExportSettings } from './settings.ts';

/** Enough to look at names; the reader of exports holds the real limit. */
const LARGEST_UNPACKED = 16 * 2 ** 30;
/** A time behind a name, as exporters add it: `Companies_2026-03-01T0900.csv`, `companies-20260301.csv`, `companies (export).csv`. */
const SUFFIX = /[\s_-]*(?:\(.*\)|export|\d{4}-?\d{2}-?\d{2}(?:[T _-]?\d{2}[-:]?\d{2}(?:[-:]?\d{2})?Z?)?)$/i;

/** The file of a collection, found by its name. */
export interface ExportedCollection {
  readonly raw: RawCollection;
  /** Names of its files in all exports that lie there. */
  readonly files: readonly string[];
}

/** Collections of which any export in the folder has a file: one that the newest lacks is asked about, not forgotten. */
export async function exportedCollections(
  folder: string,
  settings: ExportSettings,
): Promise<readonly ExportedCollection[]> {
  const { sets } = await listSets(folder, profileOfAnything(settings), LARGEST_UNPACKED);
  const found = new Map<string, { readonly name: string; readonly files: Set<string> }>();
  for (const file of namesIn(sets)) {
    const { slug, name } = collectionOf(file, settings);
    const known = found.get(slug) ?? { name, files: new Set<string>() };
    found.set(slug, known);
    known.files.add(file);
  }
  return [...found]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([slug, { name, files }]) => ({ raw: { id: slug, slug, name, fields: [] }, files: [...files].sort() }));
}

function namesIn(sets: readonly ExportSet[]): Set<string> {
  const paths = sets.flatMap(({ files }) => files.map(({ path }) => basename(path)));
  return new Set(paths.filter((name) => /\.csv$/i.test(name)));
}

/** The collection that a file is of: as the settings say, else as it is called. */
function collectionOf(file: string, settings: ExportSettings): { readonly slug: string; readonly name: string } {
  for (const [slug, files] of Object.entries(settings.collections))
    if (matchesObject(file, { ...NAMELESS, files })) return { slug, name: slug };
  let name = file.replace(/\.csv$/i, '');
  while (SUFFIX.test(name)) name = name.replace(SUFFIX, '');
  return { slug: name.trim().toLowerCase().replaceAll(/\s+/g, '-'), name };
}

const NAMELESS: ExportObjectProfile = { name: '', label: '', files: [], presence: 'optional', id: ['Id'], columns: [] };

function profileOfAnything(settings: ExportSettings): ExportProfile {
  return { objects: [{ ...NAMELESS, files: ['*.csv'] }], zone: settings.timezone };
}

export interface ProfileParts {
  readonly settings: ExportSettings;
  /** What the source's `fields` setting says: a formula or a list that is told later changes records that were read. */
  readonly fields: unknown;
  readonly build: (object: string, row: ExportRow) => FieldValues;
}

/** What the reader of exports has to know of the collections that were found. */
export function profileOf(
  collections: readonly { readonly collection: Collection; readonly files: readonly string[] }[],
  { settings, fields, build }: ProfileParts,
): ExportProfile {
  const { columns } = settings;
  return {
    objects: collections.map(({ collection: { object, raw }, files }) => ({
      name: object,
      label: raw.name,
      standard: false,
      files,
      presence: 'optional',
      mayBeEmpty: true,
      id: [OWN_COLUMNS.id, ...columns.id],
      columns: (['created', 'updated', 'numericId', 'external', 'files'] as const).map((name) => ({
        name: OWN_COLUMNS[name],
        aliases: columns[name],
      })),
      created: { column: OWN_COLUMNS.created },
      modified: { column: OWN_COLUMNS.updated },
      build: (row) => build(object, row),
    })),
    revision: Number.parseInt(contentHash({ fields, columns, separator: settings.separator }).slice(0, 8), 16),
    zone: settings.timezone,
    dialect: settings.codePage === undefined ? {} : { codePage: settings.codePage },
  };
}
