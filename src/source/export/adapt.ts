import type { ColumnProfile, ExportObjectProfile, ExportProfile } from './profile.ts';
import type { ExportSettings } from './settings.ts';

/** A column with the other headers that it goes by. */
export function column(
  name: string,
  aliases: readonly string[] = [],
  more: Omit<ColumnProfile, 'name' | 'aliases'> = {},
): ColumnProfile {
  return { name, ...(aliases.length > 0 ? { aliases } : {}), ...more };
}

/** A profile with what the settings add: other file names, other headers, patterns of times, the dialect. */
export function profileWith(
  objects: readonly ExportObjectProfile[],
  settings: Omit<ExportSettings, 'folder'>,
): ExportProfile {
  const adapted = objects.map((object) => adapt(object, settings));
  const dialect = {
    ...(settings.codePage === undefined ? {} : { codePage: settings.codePage }),
    ...(settings.delimiter === undefined ? {} : { delimiter: settings.delimiter }),
  };
  return { objects: adapted, zone: settings.timezone, dialect };
}

function adapt(object: ExportObjectProfile, settings: Omit<ExportSettings, 'folder'>): ExportObjectProfile {
  const headers = settings.headers[object.name] ?? {};
  const pattern = settings.times[object.name];
  const known = object.columns.map((each) => ({
    ...each,
    aliases: [...(each.aliases ?? []), ...(headers[each.name] ?? [])],
    // An export that lost a link column would cut every link of the object: it waits for a word (SCO-S1).
    required: each.required === true || each.link === true,
  }));
  return {
    ...object,
    files: [...object.files, ...(settings.files[object.name] ?? [])],
    id: [...object.id, ...(headers[object.id[0] ?? ''] ?? [])],
    columns: known,
    ...(object.created === undefined || pattern === undefined ? {} : { created: { ...object.created, pattern } }),
    ...(object.modified === undefined || pattern === undefined ? {} : { modified: { ...object.modified, pattern } }),
  };
}
