import { Environment } from '@marcbachmann/cel-js';
import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../src/core/exact-json.ts';
import type { Logger } from '../../src/core/ports.ts';
import type { Collection, Field } from './catalogue.ts';

/** A formula in CEL has neither loops nor recursion; these bound its length, and lists that it goes through. */
const LIMITS = { maxAstNodes: 500, maxDepth: 30, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 };
const LONGEST_LIST = 1000;
/** Going through a list inside going through a list multiplies. */
const OVER_LISTS = /\.\s*(?:all|exists|exists_one|map|filter)\s*\(/g;

type Evaluate = (data: JsonObject) => unknown;

/**
 * Values of fields that the source computes, where it does not serve them: by their formula, over the record alone (KIN-6).
 * A formula sees nothing but the record's own values, and cannot run without end.
 */
export class Computed {
  readonly #logger: Logger;
  readonly #formulas = new Map<string, Evaluate | null>();
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Null where the formula gives none, or is refused; the refusal is told once. */
  value(collection: Collection, field: Field, data: JsonObject): unknown {
    try {
      return this.#valueOf(collection, field, data, [], new Map());
    } catch (thrown) {
      const error = refusal(thrown, collection, field);
      const name = `${collection.object}.${field.key} ${error.message}`;
      if (!this.#told.has(name)) {
        this.#told.add(name);
        this.#logger.warn(
          { code: error.code, object: collection.object, field: field.name, hint: error.hint },
          error.message,
        );
      }
      return null;
    }
  }

  /** Why a formula cannot be evaluated, whatever the record; null where it can. */
  problem(collection: Collection, field: Field): ChangeoverError | null {
    try {
      follow(collection, field, [], new Set());
      this.#formula(field.formula ?? '');
      return null;
    } catch (thrown) {
      return refusal(thrown, collection, field);
    }
  }

  /** `found`: values of other formulas of this record, each evaluated once. */
  #valueOf(
    collection: Collection,
    field: Field,
    data: JsonObject,
    asking: readonly string[],
    found: Map<string, unknown>,
  ): unknown {
    refuseCircle(field, asking);
    const formula = field.formula ?? '';
    const evaluate = this.#formula(formula);
    const further: Record<string, unknown> = {};
    for (const other of formulasIn(formula, collection)) {
      if ((data[other.key] ?? null) !== null) continue;
      if (!found.has(other.key))
        found.set(other.key, this.#valueOf(collection, other, data, [...asking, field.key], found));
      further[other.key] = found.get(other.key);
    }
    const value = plain(evaluate({ ...data, ...further }));
    if (isObject(value))
      throw new ChangeoverError('KINABASE_FORMULA_REFUSED', 'its result is no single value and no list');
    return value;
  }

  #formula(formula: string): Evaluate {
    const known = this.#formulas.get(formula);
    if (known !== undefined && known !== null) return known;
    if ((formula.match(OVER_LISTS) ?? []).length > 1)
      throw new ChangeoverError('KINABASE_FORMULA_REFUSED', 'it goes through more than one list');
    const program = environment().parse(formula);
    const evaluate: Evaluate = (data) => program({ record: given(data), ...given(data) });
    this.#formulas.set(formula, evaluate);
    return evaluate;
  }
}

/** Whether a formula needs its own result, by whatever detour; `done` are formulas that were followed to their end. */
function follow(collection: Collection, field: Field, asking: readonly string[], done: Set<string>): void {
  refuseCircle(field, asking);
  if (done.has(field.key)) return;
  for (const other of formulasIn(field.formula ?? '', collection))
    follow(collection, other, [...asking, field.key], done);
  done.add(field.key);
}

function refuseCircle({ key }: Field, asking: readonly string[]): void {
  if (!asking.includes(key)) return;
  const circle = [...asking.slice(asking.indexOf(key)), key].join(' → ');
  throw new ChangeoverError('KINABASE_FORMULA_LOOPS', `the formula needs its own result: ${circle}`);
}

function formulasIn(formula: string, { fields }: Collection): readonly Field[] {
  return [...fields.values()].filter((other) => other.formula !== null && mentions(formula, other.key));
}

function mentions(formula: string, key: string): boolean {
  const text = formula.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (quoted) =>
    quoted.slice(1, -1) === key ? `"${key}"` : '""',
  );
  return text.split(/[^\p{L}\p{N}_]+/u).includes(key) || text.includes(`"${key}"`);
}

function environment(): Environment {
  const numbers = (calculate: (a: number, b: number) => number) => (a: number | bigint, b: number | bigint) =>
    calculate(Number(a), Number(b));
  const made = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, limits: LIMITS });
  // Numbers of records are doubles, and whoever writes `amount * 2` means the same.
  for (const [left, right] of [
    ['int', 'double'],
    ['double', 'int'],
  ]) {
    made.registerOperator(
      `${left} + ${right}`,
      numbers((a, b) => a + b),
    );
    made.registerOperator(
      `${left} - ${right}`,
      numbers((a, b) => a - b),
    );
    made.registerOperator(
      `${left} * ${right}`,
      numbers((a, b) => a * b),
    );
    made.registerOperator(
      `${left} / ${right}`,
      numbers((a, b) => a / b),
    );
  }
  return made;
}

/** Values as the evaluator takes them; long lists are cut, so that no formula goes through more. */
function given(data: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Array.isArray(value) ? value.slice(0, LONGEST_LIST) : value]),
  );
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function refusal(thrown: unknown, { object }: Collection, { name }: Field): ChangeoverError {
  const place = { place: { object, field: name } };
  if (thrown instanceof ChangeoverError) return new ChangeoverError(thrown.code, thrown.message, place);
  const why = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
  return new ChangeoverError('KINABASE_FORMULA_REFUSED', why, { ...place, cause: thrown });
}
