import { LETTERS } from '../core/letters.ts';

/**
 * Names of any alphabet become names that Avro and Kafka allow. A name once given stays: it is kept in a table (the
 * state's `names`), and can be found again in the schemas of the log.
 */

/** Scopes: within each, legal names are distinct, even where letters are taken for equal in upper and lower case. */
export const SOURCES = 'sources';

export function objectsOf(source: string): string {
  return `objects:${source}`;
}

export function fieldsOf(source: string, object: string): string {
  return `fields:${source}/${object}`;
}

export interface NamePair {
  readonly name: string;
  readonly legal: string;
}

/** Names that were given, by scope; src/state keeps it. */
export interface NameTable {
  all(scope: string): Promise<ReadonlyMap<string, string>>;
  add(scope: string, pairs: readonly NamePair[]): Promise<void>;
}

/** How names look: `part` is a piece of a topic and of an Avro namespace (lower case), `field` an Avro field. */
export type NameStyle = 'part' | 'field';

/** Topics of a source that are no object's, so no object may take their names. */
export const SOURCE_TOPICS = ['retry', 'dead', 'control'] as const;
export type SourceTopic = (typeof SOURCE_TOPICS)[number];

/** How long messages of a topic stay, milliseconds; null: for ever. What is said of control holds as long as the log lives. */
export function retentionOf(topic: string, retentionMs: number | null): number | null {
  return topic.endsWith('.control') ? null : retentionMs;
}

const RESERVED: Readonly<Record<NameStyle, ReadonlySet<string>>> = {
  part: new Set<string>(SOURCE_TOPICS),
  field: new Set<string>(),
};
const FALLBACK: Readonly<Record<NameStyle, string>> = { part: 'object', field: 'field' };
/** Leaves room in Kafka's 249 characters for the prefix, two parts and their suffixes. */
const LONGEST = 90;

/**
 * Gives legal names to those that have none yet, in their order, and leaves those given as they are. The same names in
 * the same order get the same legal names everywhere.
 */
export function assignNames(
  given: ReadonlyMap<string, string>,
  names: Iterable<string>,
  style: NameStyle,
): readonly NamePair[] {
  const taken = new Set([...given.values()].map((legal) => legal.toLowerCase()));
  const added = new Map<string, string>();
  for (const name of names) {
    if (given.has(name) || added.has(name)) continue;
    const legal = distinct(legalName(name, style), taken, RESERVED[style]);
    taken.add(legal.toLowerCase());
    added.set(name, legal);
  }
  return [...added].map(([name, legal]) => ({ name, legal }));
}

/** `[a-z][a-z0-9_]*` (or with upper case for fields), without two underscores in a row. */
function legalName(name: string, style: NameStyle): string {
  const letters = name.replace(/\P{ASCII}/gu, (letter) => LETTERS[letter] ?? letter);
  const plain = letters
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, LONGEST)
    .replace(/_+$/, '');
  const cased = style === 'part' ? plain.toLowerCase() : plain;
  if (cased === '') return FALLBACK[style];
  return /^[0-9]/.test(cased) ? `n_${cased}` : cased;
}

function distinct(legal: string, taken: ReadonlySet<string>, reserved: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? legal : `${legal}_${number}`;
    const plain = candidate.toLowerCase();
    if (!taken.has(plain) && !reserved.has(plain)) return candidate;
  }
}

/**
 * `changeover.<source>.<object>`. Underscores become hyphens, because Kafka takes names that differ only in `.` and `_`
 * for colliding.
 */
export function topicName(source: string, object: string): string {
  return `changeover.${source.replaceAll('_', '-')}.${object.replaceAll('_', '-')}`;
}

/** The legal names in a topic's name; null where it is no object's. The opposite of `topicName`. */
export function namesInTopic(topic: string): { readonly source: string; readonly object: string } | null {
  const [root, source, object, ...more] = topic.split('.');
  if (root !== 'changeover' || source === undefined || object === undefined || more.length > 0) return null;
  if (SOURCE_TOPICS.some((one) => one === object)) return null;
  return { source: source.replaceAll('-', '_'), object: object.replaceAll('-', '_') };
}

/** Asks the table, and adds what is missing to it. One for each process: it alone keeps two callers apart. */
export class Naming {
  readonly #table: NameTable;
  readonly #known = new Map<string, ReadonlyMap<string, string>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(table: NameTable) {
    this.#table = table;
  }

  async legal(scope: string, names: readonly string[], style: NameStyle): Promise<ReadonlyMap<string, string>> {
    const known = this.#known.get(scope);
    if (known !== undefined && names.every((name) => known.has(name))) return known;
    // One at a time: two that read the table together would give one name twice.
    const assigned = this.#last.then(() => this.#assign(scope, names, style));
    this.#last = assigned.catch(() => undefined);
    return assigned;
  }

  /** Names that were given before, as something else than the table remembers them; what it knows stays. */
  async learn(scope: string, pairs: readonly NamePair[]): Promise<void> {
    const known = this.#known.get(scope);
    if (known !== undefined && pairs.every(({ name }) => known.has(name))) return;
    const learnt = this.#last.then(async () => {
      const stored = await this.#table.all(scope);
      const taken = new Set(stored.values());
      const added = pairs.filter(({ name, legal }) => !stored.has(name) && !taken.has(legal));
      if (added.length > 0) await this.#table.add(scope, added);
      this.#known.set(scope, new Map([...stored, ...added.map(({ name, legal }) => [name, legal] as const)]));
    });
    this.#last = learnt.catch(() => undefined);
    await learnt;
  }

  async #assign(scope: string, names: readonly string[], style: NameStyle): Promise<ReadonlyMap<string, string>> {
    const stored = await this.#table.all(scope);
    const added = assignNames(stored, names, style);
    if (added.length > 0) await this.#table.add(scope, added);
    const all = new Map([...stored, ...added.map(({ name, legal }) => [name, legal] as const)]);
    this.#known.set(scope, all);
    return all;
  }

  async source(source: string): Promise<string> {
    return pick(await this.legal(SOURCES, [source], 'part'), source);
  }

  async object(source: string, object: string): Promise<string> {
    return pick(await this.legal(objectsOf(source), [object], 'part'), object);
  }

  async topic(source: string, object: string): Promise<string> {
    return topicName(await this.source(source), await this.object(source, object));
  }

  async sourceTopic(source: string, topic: SourceTopic): Promise<string> {
    return topicName(await this.source(source), topic);
  }
}

function pick(names: ReadonlyMap<string, string>, name: string): string {
  return names.get(name) ?? name;
}

/** Names in memory, for tests. */
export function memoryNameTable(): NameTable {
  const scopes = new Map<string, Map<string, string>>();
  return {
    all: async (scope) => new Map(scopes.get(scope)),
    add: async (scope, pairs) => {
      const known = scopes.get(scope) ?? new Map<string, string>();
      scopes.set(scope, known);
      for (const { name, legal } of pairs) known.set(name, legal);
    },
  };
}
