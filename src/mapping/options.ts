import type { DesiredOption } from '../twenty/desired.ts';
import { optionLabel, optionValues } from '../twenty/names.ts';
import type { OptionSpec } from './file.ts';
import { foldKey, type LossKind } from './values.ts';

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
    // What the source calls an option counts before its label, and its label before its value.
    const names = [
      options.map((one) => one.source),
      options.map((one) => one.desired.label),
      options.map((one) => one.desired.value),
    ];
    for (const texts of names) {
      options.forEach((option, index) => {
        const text = texts[index] ?? '';
        if (!this.#exact.has(text)) this.#exact.set(text, option);
        const folded = foldKey(text);
        const other = this.#folded.get(folded);
        this.#folded.set(folded, other === undefined || other === option ? option : null);
      });
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
  const given = new Map(
    specs.map((spec) => (typeof spec === 'string' ? { label: spec } : spec)).map((spec) => [spec.label, spec]),
  );
  const labels = legalLabels([...given.keys()]);
  const named = [...given.values()]
    .filter((spec) => spec.value !== undefined)
    .map((spec) => [spec.value ?? '', labels.get(spec.label) ?? ''] as const);
  const values = optionValues(labels.values(), new Map(named));
  return new OptionSet(
    [...given.values()].map((spec) => {
      const label = labels.get(spec.label) ?? spec.label;
      const value = spec.value ?? values.get(label) ?? '';
      return {
        source: spec.label,
        desired: spec.color === undefined ? { value, label } : { value, label, color: spec.color },
        lost:
          label === spec.label
            ? null
            : {
                kind: label.endsWith('…') && !spec.label.endsWith('…') ? 'truncated' : 'renamed',
                before: spec.label,
                after: label,
              },
      };
    }),
  );
}

/** Distinct legal labels; those that meet after shortening are numbered in code point order. */
function legalLabels(sources: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const labels = new Map<string, string>();
  for (const source of [...sources].sort()) {
    const plain = optionLabel(source);
    let label = plain;
    for (let n = 2; taken.has(label); n++) label = `${plain.slice(0, 58)} ${n}`;
    taken.add(label);
    labels.set(source, label);
  }
  return labels;
}
