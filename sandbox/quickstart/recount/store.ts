import Database from 'better-sqlite3';

/** A row of the workspace as it is stored: nested values as objects, links as ids. */
export type StoredRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** One option of a select field, as people see it and as rows hold it. */
export interface StoredOption {
  readonly label: string;
  readonly value: string;
  readonly position: number;
}

/** What stands in the workspace, read from its own file. */
export interface Workspace {
  /** Rows that are not deleted, by object and id. */
  readonly rows: (object: string) => ReadonlyMap<string, StoredRow>;
  /** Every place at which the key of a source record stands: more than one is a doubled record. */
  readonly places: (object: string, id: string) => readonly Place[];
  /** The options of a select field, by position; none where there is no such field. */
  readonly options: (object: string, field: string) => readonly StoredOption[];
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
    const model = database.prepare<[], { value: string }>("SELECT value FROM settings WHERE name = 'model'").get();
    return index(byObject, JSON.parse(model?.value ?? '[]') as readonly StoredObject[], source, targets);
  } finally {
    database.close();
  }
}

interface StoredObject {
  readonly nameSingular: string;
  readonly fields: readonly { readonly name: string; readonly options: readonly StoredOption[] | null }[];
}

function index(
  byObject: ReadonlyMap<string, ReadonlyMap<string, StoredRow>>,
  model: readonly StoredObject[],
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
    options: (object, field) => {
      const fields = model.find((one) => one.nameSingular === object)?.fields ?? [];
      const options = fields.find((one) => one.name === field)?.options ?? [];
      return options.toSorted((a, b) => a.position - b.position);
    },
    places: (object, id) => places.get(object)?.get(id) ?? [],
    ids: (object) => [...(places.get(object)?.keys() ?? [])],
  };
}

/** The source records behind a row. Placeholders have a key of their own, but no source record. */
function keysOf(row: StoredRow): readonly string[] {
  return Array.isArray(row.sourceKeys) ? row.sourceKeys.filter((key) => typeof key === 'string') : [];
}
