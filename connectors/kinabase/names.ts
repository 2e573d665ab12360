/** Fields of our own beside a record's data; a key of the same name gets an underscore. */
export const OWN_FIELDS = ['numericId', 'external', 'files', 'fileNames'] as const;

/** Two names that differ only in case or signs become one name in Twenty. */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[\p{M}]/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** The name under which a key or slug stands in events: its own, with underscores behind it until no other is like it (KIN-3). */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const exact = new Set(taken);
  const folded = [...exact].map((name) => `${foldName(name)}${trailing(name)}`);
  let name = wanted;
  while (exact.has(name) || folded.includes(`${foldName(name)}${trailing(name)}`)) name = `${name}_`;
  return name;
}

const trailing = (name: string): string => /_*$/.exec(name)?.[0] ?? '';

/** A collection's name in record keys, which hold no slash. */
export function objectName(slug: string): string {
  const name = slug.trim().replaceAll(/[/\s]+/g, '-');
  return name === '' ? 'collection' : name;
}
