import type { ColumnFormat, PlainColumns } from '../source/connector.ts';
import { type CellReader, cellReader, Zone } from './cells.ts';
import { COMPOSITE_PARTS, type Target, targetOf } from './composites.ts';
import { type FieldPlans, optionsOf, planFields } from './field-plans.ts';
import type { MappingFile, ObjectSpec, StepSpec, ValueSource } from './file.ts';
import { Findings, type Path } from './finding.ts';
import type { OptionSet } from './options.ts';
import type { MappingSource } from './parse.ts';
import { choiceNamed, type ResolvedObjects, resolveObjects } from './resolve.ts';
import { Stages } from './stages.ts';
import { didYouMean } from './suggest.ts';
import { TRANSFORMS, transformNamed } from './transforms/registry.ts';
import type { BoundTransform, TransformContext } from './transforms/transform.ts';
import type { Kind } from './values.ts';

/** A column that is used somewhere: what `map check` compares with the source. */
export interface ColumnUse {
  readonly object: string;
  readonly column: string;
  readonly path: Path;
}

/** A field that is written: what `map check` compares with the workspace. */
export interface FieldWrite {
  readonly object: string;
  readonly twentyObject: string;
  readonly to: string;
  readonly target: Target;
  /** `constant` where the value stands in the mapping. */
  readonly kind: Kind | 'constant';
  readonly columns: readonly string[];
  readonly steps: readonly BoundTransform[];
  readonly constants: readonly unknown[];
  /** Writes null where the source has no value. */
  readonly clears: boolean;
  readonly created: boolean;
  readonly path: Path;
}

/** A relation column that is written by a link, an owner or a parent. */
export interface RelationWrite {
  readonly object: string;
  readonly twentyObject: string;
  readonly column: string;
  /** The source objects or Twenty object that it may point at. */
  readonly towards: { readonly source: string } | { readonly twenty: string };
  readonly path: Path;
}

export interface LinkUse {
  readonly object: string;
  readonly towards: string;
  readonly link: string | null;
  readonly index: string | null;
  readonly path: Path;
}

/** Everything that rules need while they are compiled, and what they use, for checks and documents. */
export class Builder {
  readonly file: MappingFile;
  readonly plain: PlainColumns;
  readonly name: string;
  readonly findings: Findings;
  readonly objects: ResolvedObjects;
  readonly plans: FieldPlans;
  readonly stages: Stages | null;
  readonly zone: Zone;
  readonly columns: ColumnUse[] = [];
  readonly writes: FieldWrite[] = [];
  readonly relations: RelationWrite[] = [];
  readonly links: LinkUse[] = [];
  /** `object/index` → declared. */
  readonly indexes = new Set<string>();
  /** Objects that only children with `shared` make. */
  readonly sharedObjects = new Set<string>();
  readonly #tables: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly #options = new Map<string, OptionSet | null>();

  constructor(source: MappingSource) {
    this.file = source.file;
    this.plain = source.plain;
    this.name = source.name;
    this.findings = new Findings((path) => source.place(path));
    this.objects = resolveObjects(source.file, this.findings);
    this.stages = source.file.pipelines === undefined ? null : new Stages(source.file.pipelines);
    this.plans = planFields(source.file, this.objects, this.stages, this.findings);
    this.zone = this.#zone();
    this.#tables = new Map(
      Object.entries(source.file.tables ?? {}).map(([name, rows]) => [name, new Map(Object.entries(rows))]),
    );
    for (const [name, choice] of Object.entries(source.file.choices ?? {})) {
      if (!choice.options.includes(choice.value)) {
        const near = didYouMean(choice.value, choice.options);
        this.findings.error(
          'MAPPING_UNKNOWN_NAME',
          `the choice ${name} has no option ${JSON.stringify(choice.value)}.${near}`,
          ['choices', name, 'value'],
        );
      }
    }
    for (const { spec, name } of this.objects.moved.values()) {
      for (const lookup of spec.lookups ?? []) this.indexes.add(`${name}/${lookup.index}`);
      for (const child of spec.children ?? [])
        if (child.shared !== undefined) this.sharedObjects.add(child.shared.object);
    }
  }

  #zone(): Zone {
    const name = this.file.defaults?.timezone ?? 'UTC';
    try {
      return new Zone(name);
    } catch {
      this.findings.error(
        'MAPPING_INVALID',
        `there is no time zone ${JSON.stringify(name)}`,
        ['defaults', 'timezone'],
        'Take a name of the tz database, such as Europe/London.',
      );
      return new Zone('UTC');
    }
  }

  /** What transforms of one field may know. Losses are given to whoever runs them. */
  context(options: OptionSet | null): Omit<TransformContext, 'lose'> {
    return {
      zone: this.zone,
      country: this.file.defaults?.country ?? null,
      currency: this.file.defaults?.currency ?? null,
      options,
      stages: this.stages,
      table: (name) => this.#tables.get(name) ?? new Map(),
      list: (name) => this.file.lists?.[name] ?? [],
    };
  }

  options(object: string, field: string): OptionSet | null {
    const key = `${object}.${field}`;
    const known = this.#options.get(key);
    if (known !== undefined) return known;
    const options = optionsOf(this.plans, this.stages, object, field);
    this.#options.set(key, options);
    return options;
  }

  choice(name: string, path: Path): string | null {
    return choiceNamed(this.file.choices ?? {}, name, this.findings, path)?.value ?? null;
  }

  /** Words, or those of a list of the mapping. */
  words(given: string | readonly (string | number | boolean)[], path: Path): readonly string[] {
    if (typeof given !== 'string') return given.map(String);
    const lists = this.file.lists ?? {};
    const list = Object.hasOwn(lists, given) ? lists[given] : undefined;
    if (list !== undefined) return list;
    this.findings.error(
      'MAPPING_UNKNOWN_NAME',
      `there is no list ${JSON.stringify(given)}.${didYouMean(given, Object.keys(lists))}`,
      path,
    );
    return [];
  }

  use(object: string, column: string, path: Path): void {
    this.columns.push({ object, column, path });
  }

  /** The formats that cells of an object are read by: values that come plain are no cells. */
  formatsOf(object: string, spec: ObjectSpec): Readonly<Record<string, ColumnFormat>> {
    const plain = this.plain[object] ?? {};
    return Object.fromEntries(Object.entries(spec.formats ?? {}).filter(([column]) => !Object.hasOwn(plain, column)));
  }

  readers(
    formats: Readonly<Record<string, Parameters<typeof cellReader>[0]>>,
    path: Path,
  ): ReadonlyMap<string, CellReader> {
    const readers = new Map<string, CellReader>();
    for (const [column, format] of Object.entries(formats)) {
      try {
        readers.set(column, cellReader(format, this.zone));
      } catch (thrown) {
        this.findings.error(
          'MAPPING_INVALID',
          `the format of ${column}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
          [...path, column],
        );
      }
    }
    return readers;
  }

  /** The transforms of a source, bound to their settings. Those that are unknown or badly set are reported and left out. */
  steps(
    source: Pick<ValueSource, 'transform'>,
    path: Path,
  ): readonly { readonly step: BoundTransform; readonly path: Path }[] {
    if (source.transform === undefined) return [];
    const specs = Array.isArray(source.transform) ? source.transform : [source.transform];
    const many = Array.isArray(source.transform);
    return specs.flatMap((spec, index) => {
      const at = many ? [...path, 'transform', index] : [...path, 'transform'];
      const step = this.#step(spec, at);
      return step === null ? [] : [{ step, path: at }];
    });
  }

  #step(spec: StepSpec, path: Path): BoundTransform | null {
    const entries = typeof spec === 'string' ? [[spec, undefined] as const] : Object.entries(spec);
    const [entry, ...more] = entries;
    if (entry === undefined || more.length > 0) {
      this.findings.error('MAPPING_INVALID', 'a transform is a name, or one name with its settings', path);
      return null;
    }
    const [name, given] = entry;
    const at = typeof spec === 'string' ? path : [...path, name];
    const transform = transformNamed(name);
    if (transform === null) {
      const near = didYouMean(
        name,
        TRANSFORMS.map((known) => known.name),
      );
      this.findings.error('MAPPING_UNKNOWN_TRANSFORM', `there is no transform ${JSON.stringify(name)}.${near}`, at);
      return null;
    }
    const plain = given === null || given === undefined ? {} : given;
    const settings =
      typeof plain === 'object' && !Array.isArray(plain)
        ? plain
        : transform.shorthand === null
          ? plain
          : { [transform.shorthand]: plain };
    const result = transform.bind(settings);
    if ('issues' in result) {
      for (const issue of result.issues) this.findings.error('MAPPING_TRANSFORM_SETTINGS', `${name}: ${issue}`, at);
      return null;
    }
    const { table, list } = result.bound.settings as { readonly table?: unknown; readonly list?: unknown };
    if (typeof list === 'string') this.words(list, at);
    if (typeof table === 'string' && !this.#tables.has(table)) {
      const near = didYouMean(table, this.#tables.keys());
      this.findings.error('MAPPING_UNKNOWN_NAME', `there is no table ${JSON.stringify(table)}.${near}`, at);
    }
    if ((name === 'stage' || name === 'pipeline' || name === 'probability') && this.stages === null) {
      this.findings.error('MAPPING_UNKNOWN_NAME', `the transform ${name} needs the stages in \`pipelines\``, at);
    }
    return result.bound;
  }

  target(to: string, kind: Kind, twentyObject: string, path: Path): Target | null {
    const [field = '', part] = to.split('.');
    const type = this.plans.get(`${twentyObject}.${field}`)?.type ?? null;
    const target = targetOf(to, kind, type);
    if (target === null) {
      const near = part === undefined ? '' : didYouMean(part, COMPOSITE_PARTS);
      this.findings.error(
        'MAPPING_UNKNOWN_FIELD',
        `${JSON.stringify(to)} names no field or part of a field.${near}`,
        path,
      );
    }
    return target;
  }
}
