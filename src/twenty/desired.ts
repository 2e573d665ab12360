import type { TwentyFieldType } from './model.ts';

/** What a mapping needs the workspace to have. Provisioning adds what is missing and never removes or retypes. */
export interface DesiredModel {
  readonly objects: readonly DesiredObject[];
  readonly fields: readonly DesiredField[];
  /** Options that must exist in SELECT fields that are there already: `opportunity.stage`. */
  readonly options: readonly DesiredOptions[];
  /** Objects that get the sync fields of design §8. */
  readonly synced: readonly string[];
  /** Of these, the objects whose rows stay, flagged, when the source deletes their record. Left out: none. */
  readonly flagged?: readonly string[];
  /** Saved views that people want (ALL-8, ALL-10). Left out: none. */
  readonly views?: readonly DesiredView[];
}

export interface DesiredObject {
  readonly nameSingular: string;
  readonly namePlural: string;
  readonly labelSingular: string;
  readonly labelPlural: string;
  readonly icon: string;
  readonly description: string;
}

export interface DesiredOption {
  /** UPPER_SNAKE, at most 63 characters. */
  readonly value: string;
  /** At most 63 characters, no comma. */
  readonly label: string;
  readonly color?: string;
}

export interface DesiredField {
  readonly object: string;
  readonly name: string;
  readonly label: string;
  readonly type: TwentyFieldType;
  readonly description?: string;
  readonly isUnique?: boolean;
  readonly options?: readonly DesiredOption[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly defaultValue?: unknown;
  /** MANY_TO_ONE towards `target`; the other side gets `reverseLabel`. */
  readonly relation?: { readonly target: string; readonly reverseLabel: string };
  /** Why it is wanted: the mapping's place, for plans and guides. */
  readonly because: string;
}

/**
 * A saved view of an object's records. A person makes it: that the metadata API lists views is known, what it takes to make one is
 * not recorded for any version (twenty.md §5).
 */
export interface DesiredView {
  readonly object: string;
  readonly name: string;
  /** What it shows: the records whose field, by its label, is this. */
  readonly filter: { readonly label: string; readonly is: string };
  readonly because: string;
}

export interface DesiredOptions {
  readonly object: string;
  readonly field: string;
  readonly options: readonly DesiredOption[];
  readonly because: string;
}
