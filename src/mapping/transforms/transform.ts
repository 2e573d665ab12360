import type { z } from 'zod';
import type { Zone } from '../cells.ts';
import type { OptionSet } from '../options.ts';
import type { Stages } from '../stages.ts';
import type { Kind, LossKind, Value } from '../values.ts';

/** What a transform may know besides its value: nothing that differs between machines. */
export interface TransformContext {
  /** Of times that are written without a zone. */
  readonly zone: Zone;
  /** ISO 3166 alpha-2; null where the mapping names none. */
  readonly country: string | null;
  /** ISO 4217; null where the mapping names none. */
  readonly currency: string | null;
  /** The options of the field that is written, where the mapping knows them. */
  readonly options: OptionSet | null;
  readonly stages: Stages | null;
  table(name: string): ReadonlyMap<string, string>;
  list(name: string): readonly string[];
  lose(kind: LossKind, before: Value, after: Value): void;
}

export interface Example<Settings> {
  readonly settings?: Settings;
  readonly from: Value;
  /** What comes out, or the code of the refusal. */
  readonly gives: Value | { readonly refused: string };
  /** Kinds of losses that are recorded. */
  readonly loses?: readonly LossKind[];
}

/**
 * One conversion. Pure. Null never reaches `apply` unless `nulls` is set; a transform of single values works on each
 * element of a list. `apply` throws a BadValue for what it cannot take, and NotAnOption for an unknown option.
 */
export interface Transform<Settings = never> {
  readonly name: string;
  /** One or two sentences for the guide. */
  readonly doc: string;
  readonly takes: readonly Kind[];
  /** `same`: the kind that came in; for lists, the kind of the elements stays unknown. */
  readonly gives: Kind | 'same';
  /** What is lost, in words; null where nothing can be. */
  readonly lossy: string | null;
  readonly settings: z.ZodType<Settings>;
  /** The setting that a bare value stands for: `truncate: 100`. */
  readonly shorthand: string | null;
  readonly nulls?: boolean;
  /** Takes a list as a whole. */
  readonly whole?: boolean;
  readonly examples: readonly Example<Settings>[];
  apply(value: Value, settings: Settings, context: TransformContext): Value;
}

/** A transform whose settings were read: ready to run. */
export interface BoundTransform {
  readonly name: string;
  readonly takes: readonly Kind[];
  readonly gives: Kind | 'same';
  readonly lossy: string | null;
  readonly whole: boolean;
  readonly nulls: boolean;
  /** As they stand after defaults: for checks and documents. */
  readonly settings: unknown;
  apply(value: Value, context: TransformContext): Value;
}

/** A transform of the registry, with its settings' type hidden. */
export interface AnyTransform {
  readonly name: string;
  readonly doc: string;
  readonly takes: readonly Kind[];
  readonly gives: Kind | 'same';
  readonly lossy: string | null;
  readonly shorthand: string | null;
  readonly settings: z.ZodType;
  readonly examples: readonly Example<unknown>[];
  bind(settings: unknown): { readonly bound: BoundTransform } | { readonly issues: readonly string[] };
}

/** Hides the settings' type behind `bind`, so that one list can hold all transforms. */
export function define<Settings>(transform: Transform<Settings>): AnyTransform {
  return {
    name: transform.name,
    doc: transform.doc,
    takes: transform.takes,
    gives: transform.gives,
    lossy: transform.lossy,
    shorthand: transform.shorthand,
    settings: transform.settings,
    examples: transform.examples,
    bind: (given) => {
      const read = transform.settings.safeParse(given);
      if (!read.success) {
        return {
          issues: read.error.issues.map(
            (issue) => `${issue.path.join('.')}${issue.path.length > 0 ? ': ' : ''}${issue.message}`,
          ),
        };
      }
      const settings = read.data;
      return {
        bound: {
          name: transform.name,
          takes: transform.takes,
          gives: transform.gives,
          lossy: transform.lossy,
          whole: transform.whole ?? false,
          nulls: transform.nulls ?? false,
          settings,
          apply: (value, context) => transform.apply(value, settings, context),
        },
      };
    },
  };
}
