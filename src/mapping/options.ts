import type { DesiredOption } from '../twenty/desired.ts';
import type { OptionSpec } from './file.ts';
import { optionValue } from './names.ts';
import { cut, foldKey, type LossKind } from './values.ts';

/** An option, and what its label lost on the way: Twenty allows 63 characters and no comma (twenty.md §5). */
export interface Option {
  readonly source: string;
  readonly desired: DesiredOption;
  readonly lost: { readonly kind: LossKind; readonly before: string; readonly after: string } | null;
}

/** The options of one SELECT or MULTI_SELECT field as the mapping knows them, in order. */
export class OptionSet {
  readonly all: readonly Option[];
  readonly #exact = new Map<string, Option>();
  readonly #folded = new Map<string, Option | null>();

  constructor(options: readonly Option[]) {
    this.all = options;
    for (const option of options) {
      for (const text of [option.source, option.desired.label, option.desired.value]) {
        if (!this.#exact.has(text)) this.#exact.set(text, option);
        const folded = foldKey(text);
        const other = this.#folded.get(folded);
        this.#folded.set(folded, other === undefined || other === option ? option : null);
      }
    }
  }

  /** By label or value as they stand; else without case and width, where only one option is meant. Never guessed. */
  find(text: string): Option | null {
    return this.#exact.get(text) ?? this.#exact.get(text.trim()) ?? this.#folded.get(foldKey(text)) ?? null;
  }

  get desired(): readonly DesiredOption[] {
    return this.all.map((option) => option.desired);
  }
}

/** Options with legal labels and distinct values. The same specs give the same values on every machine. */
export function optionSet(specs: readonly OptionSpec[]): OptionSet {
  const taken = new Set<string>();
  const labels = new Set<string>();
  const options: Option[] = [];
  for (const spec of specs) {
    const given = typeof spec === 'string' ? { label: spec } : spec;
    if (options.some((option) => option.source === given.label)) continue;
    const label = unused(labels, legalLabel(given.label), (base, n) => `${cut(base, 59)} ${n}`);
    const value = given.value ?? unused(taken, optionValue(given.label), (base, n) => `${base.slice(0, 59).replace(/_+$/, '')}_${n}`);
    taken.add(value);
    labels.add(label);
    options.push({
      source: given.label,
      desired: given.color === undefined ? { value, label } : { value, label, color: given.color },
      lost:
        label === given.label
          ? null
          : { kind: given.label.length > 63 ? 'truncated' : 'renamed', before: given.label, after: label },
    });
  }
  return new OptionSet(options);
}

export function legalLabel(label: string): string {
  return cut(label.replace(/\s*,\s*/g, ' ').replace(/\s+/g, ' ').trim(), 63).trim();
}

function unused(taken: ReadonlySet<string>, base: string, next: (base: string, n: number) => string): string {
  let candidate = base;
  for (let n = 2; taken.has(candidate); n++) candidate = next(base, n);
  return candidate;
}
