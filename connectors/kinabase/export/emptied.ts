import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../../../src/core/exact-json.ts';
import type { FieldValues, ObjectDescription, SourceRecord } from '../../../src/source/connector.ts';
import { Seen, type Told } from '../seen.ts';

/** Fields that hold text, by object: what discovery took them for. */
export type TextFields = ReadonlyMap<string, ReadonlySet<string>>;

const FILE = 'texts.json';

/** Numbers, dates, links, users and lists are none: one that is emptied is nothing to the API, too. */
export function textFieldsOf(objects: readonly ObjectDescription[], users: ReadonlySet<string>): TextFields {
  const isText = ({
    name,
    type,
    standard,
    refersTo,
    proposal,
    formula,
  }: ObjectDescription['fields'][number]): boolean =>
    !standard &&
    type.kind === 'string' &&
    refersTo.length === 0 &&
    formula === undefined &&
    !users.has(name) &&
    proposal?.decided === true &&
    proposal.format.type === 'text';
  return new Map(objects.map(({ name, fields }) => [name, new Set(fields.filter(isText).map((field) => field.name))]));
}

export async function keepTextFields(folder: string, texts: TextFields): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, FILE);
  const kept = Object.fromEntries([...texts].map(([object, fields]) => [object, [...fields].sort()]));
  await writeFile(`${path}.new`, JSON.stringify(kept));
  await rename(`${path}.new`, path);
}

/** None before the first discovery, or where the work folder was lost. */
export async function loadTextFields(folder: string): Promise<TextFields> {
  try {
    const kept: unknown = JSON.parse(await readFile(join(folder, FILE), 'utf8'));
    const entries = isObject(kept) ? Object.entries(kept) : [];
    return new Map(
      entries.map(([object, fields]) => [object, new Set(Array.isArray(fields) ? fields.map(String) : [])]),
    );
  } catch {
    return new Map();
  }
}

/**
 * Tells an emptied text from none. A cell of an export is empty either way; but a text that a record had and has no more was
 * emptied, and the API tells it as an empty text (KIN-4, KIN-S2). Which texts each record had is kept in the work folder,
 * each page under the stamp that its checkpoint carries. Lost, an emptied text is nothing.
 */
export class Emptied {
  readonly #had: Seen;

  private constructor(had: Seen) {
    this.#had = had;
  }

  /** As it stood at a checkpoint. */
  static async open(folder: string, object: string, stamp: number): Promise<Emptied> {
    return new Emptied(await Seen.open(folder, `texts of ${object}`, stamp));
  }

  get stamp(): number {
    return this.#had.stamp;
  }

  /** The records of a page as the API would have told them; what they have from now on is noted. */
  async told(records: readonly SourceRecord[], texts: ReadonlySet<string>): Promise<readonly SourceRecord[]> {
    const noted = new Map<string, Told>();
    const gone = new Set<string>();
    const told = records.map((record): SourceRecord => {
      const { id, after } = record;
      if (after === null) {
        noted.delete(id);
        gone.add(id);
        return record;
      }
      const before = gone.has(id) ? undefined : (noted.get(id) ?? this.#had.get(id));
      const had = before === undefined ? [] : namesIn(before);
      const values = withEmptied(
        after,
        had.filter((name) => texts.has(name)),
      );
      noted.set(id, toldOf([...texts].filter((name) => (values[name] ?? null) !== null)));
      return { ...record, after: values };
    });
    if (noted.size > 0 || gone.size > 0)
      await this.#had.note(
        noted,
        [...gone].filter((id) => !noted.has(id)),
      );
    return told;
  }
}

function withEmptied(after: FieldValues, had: readonly string[]): FieldValues {
  const emptied = had.filter((name) => (after[name] ?? null) === null);
  return emptied.length === 0 ? after : { ...after, ...Object.fromEntries(emptied.map((name) => [name, ''])) };
}

function toldOf(names: readonly string[]): Told {
  return { print: JSON.stringify(names), created: null };
}

function namesIn({ print }: Told): readonly string[] {
  return JSON.parse(print) as readonly string[];
}
