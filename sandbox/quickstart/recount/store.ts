import Database from 'better-sqlite3';

/** A row of the workspace as it is stored: nested values as objects, links as ids. */
export type StoredRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** What stands in the workspace, read from its own file. */
export interface Workspace {
  /** Rows that are not deleted, by object and id. */
  readonly rows: (object: string) => ReadonlyMap<string, StoredRow>;
  /** Every place at which the key of a source record stands: more than one is a doubled record. */
  readonly places: (object: string, id: string) => readonly Place[];
  /** Source ids that stand in the workspace, per source object. */
  readonly ids: (object: string) => readonly string[];
}

export interface Place {
  readonly row: StoredRow;
  /** Whether the row's own key is this record's, so that it was not merged into another one's row. */
  readonly survivor: boolean;
}

/** `targets`: what each source object becomes. @throws where the file is no workspace of the sandbox. */
export function readWorkspace(file: string, source: string, targets: ReadonlyMap<string, string>): Workspace {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const byObject = new Map<string, Map<string, StoredRow>>();
    const all = database.prepare<[], { object: string; data: string }>(
      'SELECT object, data FROM records WHERE deletedAt IS NULL',
    );
    for (const { object, data } of all.iterate()) {
      const row = JSON.parse(data) as StoredRow;
      const rows = byObject.get(object) ?? new Map<string, StoredRow>();
      byObject.set(object, rows.set(row.id, row));
    }
    return index(byObject, source, targets);
  } finally {
    database.close();
  }
}

function index(
  byObject: ReadonlyMap<string, ReadonlyMap<string, StoredRow>>,
  source: string,
  targets: ReadonlyMap<string, string>,
): Workspace {
  const rows = (object: string) => byObject.get(object) ?? new Map<string, StoredRow>();
  const places = new Map<string, Map<string, Place[]>>();
  for (const [object, target] of targets) {
    const prefix = `${source}/${object}/`;
    const found = new Map<string, Place[]>();
    places.set(object, found);
    for (const row of rows(target).values()) {
      // A row that says it twice is doubled as well as two rows are, so the list is not made unique.
      for (const key of keysOf(row)) {
        if (!key.startsWith(prefix)) continue;
        const id = key.slice(prefix.length);
        const known = found.get(id) ?? [];
        found.set(id, known);
        known.push({ row, survivor: row.sourceKey === key });
      }
    }
  }
  return {
    rows,
    places: (object, id) => places.get(object)?.get(id) ?? [],
    ids: (object) => [...(places.get(object)?.keys() ?? [])],
  };
}

/** The source records behind a row. Placeholders have a key of their own, but no source record. */
function keysOf(row: StoredRow): readonly string[] {
  return Array.isArray(row.sourceKeys) ? row.sourceKeys.filter((key) => typeof key === 'string') : [];
}
