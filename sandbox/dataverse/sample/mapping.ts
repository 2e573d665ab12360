import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { defaultMappingFile } from '../../../connectors/dataverse/index.ts';

/** The connector's mapping with the sample's own tables and columns added, as the firm's administrator would write it. */
export function sampleMapping(): string {
  const own: unknown = parse(readFileSync(new URL('./mapping.yaml', import.meta.url), 'utf8'));
  return stringify(joined(parse(readFileSync(defaultMappingFile, 'utf8')), own), { aliasDuplicateObjects: false });
}

/** Maps are joined by their keys, lists put one behind the other; of two plain values the second counts. */
function joined(base: unknown, more: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(more)) return [...base, ...more];
  if (!isMap(base) || !isMap(more)) return more;
  const all = new Set([...Object.keys(base), ...Object.keys(more)]);
  return Object.fromEntries(
    [...all].map((key) => [key, key in base && key in more ? joined(base[key], more[key]) : (base[key] ?? more[key])]),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
