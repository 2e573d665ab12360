import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** A mapping with more objects, fields and settings added, as a firm's administrator adds them to a connector's own. */
export function joinedMapping(base: URL, more: URL): string {
  const [first, second]: readonly unknown[] = [base, more].map((file) =>
    parse(readFileSync(file, 'utf8'), { merge: true }),
  );
  return stringify(joined(first, second), { aliasDuplicateObjects: false });
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
