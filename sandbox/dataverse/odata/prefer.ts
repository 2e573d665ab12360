/** The preferences of one request (header `Prefer`). */
export interface Preferences {
  readonly maxPageSize: number | undefined;
  readonly trackChanges: boolean;
  /** Patterns of annotations to include; empty for none. */
  readonly annotations: readonly string[];
  readonly representation: boolean;
  readonly continueOnError: boolean;
  /** As `Preference-Applied` gives them back. */
  readonly applied: readonly string[];
}

/** Most rows that one page can have. */
export const MOST_ROWS = 5_000;

const PART = /\s*(?<name>[\w.-]+)(?:\s*=\s*(?:"(?<quoted>[^"]*)"|(?<bare>[^,;]*)))?\s*(?:[,;]|$)/g;

export function parsePreferences(header: string | undefined): Preferences {
  const given = new Map<string, string>();
  for (const match of (header ?? '').matchAll(PART)) {
    const { name = '', quoted, bare } = match.groups ?? {};
    if (name !== '') given.set(name.toLowerCase(), (quoted ?? bare ?? '').trim());
  }
  const size = Number(given.get('odata.maxpagesize') ?? Number.NaN);
  const maxPageSize = Number.isInteger(size) && size > 0 ? Math.min(size, MOST_ROWS) : undefined;
  const annotations = given.get('odata.include-annotations');
  const trackChanges = given.has('odata.track-changes');
  const representation = given.get('return') === 'representation';
  return {
    maxPageSize,
    trackChanges,
    annotations: annotations === undefined ? [] : annotations.split(',').map((name) => name.trim()),
    representation,
    continueOnError: given.has('odata.continue-on-error'),
    applied: [
      ...(trackChanges ? ['odata.track-changes'] : []),
      ...(maxPageSize === undefined ? [] : [`odata.maxpagesize=${maxPageSize}`]),
      ...(annotations === undefined ? [] : [`odata.include-annotations="${annotations}"`]),
      ...(representation ? ['return=representation'] : []),
    ],
  };
}

/** Whether an annotation was asked for: by name, by `*`, or by the start of its name (`OData.Community.Display.V1.*`). */
export function wants(preferences: Preferences, annotation: string): boolean {
  return preferences.annotations.some(
    (pattern) =>
      pattern === '*' ||
      pattern === annotation ||
      (pattern.endsWith('*') && annotation.startsWith(pattern.slice(0, -1))),
  );
}
