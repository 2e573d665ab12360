import { ChangeoverError } from '../../src/core/errors.ts';
import type { ExportRow, ExportSource } from '../../src/source/export/export-source.ts';
import { saysYes } from '../../src/source/export/says-yes.ts';
import { OBJECTS, type ObjectName, OWNER_COLUMN } from './profile.ts';

/** What one pass over all rows of an export tells that no single column does. */
export interface Survey {
  /** Owners and authors as records name them → records per object. */
  readonly owners: ReadonlyMap<string, ReadonlyMap<ObjectName, number>>;
  /** Columns that only archived rows fill, with the rows that fill them (SCO-9). */
  readonly archivedOnly: readonly { readonly object: ObjectName; readonly column: string; readonly rows: number }[];
  /** Companies without a primary contact; the ids are the first ten (SCO-2). */
  readonly withoutPrimaryContact: { readonly count: number; readonly examples: readonly string[] };
  /** E-mails that name attachments, and how many attachments (SCO-6). */
  readonly attachments: { readonly emails: number; readonly files: number };
  /** Pipeline → stage → deals, in no particular order. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export async function survey(source: ExportSource): Promise<Survey> {
  const owners = new Map<string, Map<ObjectName, number>>();
  const stages = new Map<string, Map<string, number>>();
  const archivedOnly: { object: ObjectName; column: string; rows: number }[] = [];
  const examples: string[] = [];
  let withoutPrimary = 0;
  const attachments = { emails: 0, files: 0 };
  for (const object of OBJECTS) {
    const usage = new ArchiveUsage();
    for await (const { id, fields } of readable(source.rows(object))) {
      usage.add(fields);
      const owner = (fields[OWNER_COLUMN[object]] ?? '').trim();
      if (owner !== '') count(nested(owners, owner), object, 1);
      if (object === 'deal') count(nested(stages, (fields.Pipeline ?? '').trim()), (fields.Stage ?? '').trim(), 1);
      if (object === 'company' && fields['Primary Contact ID'] === '') {
        withoutPrimary += 1;
        if (examples.length < 10) examples.push(id);
      }
      if (object === 'email') {
        const files = Number.parseInt(fields.Attachments ?? '', 10);
        if (files > 0) {
          attachments.emails += 1;
          attachments.files += files;
        }
      }
    }
    for (const [column, rows] of usage.archivedOnly()) archivedOnly.push({ object, column, rows });
  }
  return { owners, stages, archivedOnly, withoutPrimaryContact: { count: withoutPrimary, examples }, attachments };
}

/** Rows of a file that may lack a column: that is asked elsewhere, and ends the survey of this file, not the description. */
async function* readable(rows: AsyncIterable<ExportRow>): AsyncGenerator<ExportRow> {
  try {
    yield* rows;
  } catch (thrown) {
    if (!(thrown instanceof ChangeoverError) || thrown.code !== 'EXPORT_COLUMN_MISSING') throw thrown;
  }
}

/** Counts per column the archived and the live rows that fill it. */
class ArchiveUsage {
  readonly #archived = new Map<string, number>();
  readonly #live = new Set<string>();

  add(fields: Readonly<Record<string, string | null>>): void {
    const archived = saysYes(fields.Archived);
    for (const column in fields) {
      const cell = fields[column];
      if (cell === null || cell === '') continue;
      if (archived) count(this.#archived, column, 1);
      else this.#live.add(column);
    }
  }

  archivedOnly(): [string, number][] {
    return [...this.#archived].filter(([column]) => !this.#live.has(column));
  }
}

function nested<Outer, Inner>(map: Map<Outer, Map<Inner, number>>, key: Outer): Map<Inner, number> {
  const found = map.get(key) ?? new Map<Inner, number>();
  map.set(key, found);
  return found;
}

function count<Key>(map: Map<Key, number>, key: Key, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}
