import { z } from 'zod';
import { EDIT_RULES, TIERS } from './model.ts';

/** The schema of a mapping file. docs/guide/mapping.md explains the language; parse.ts gives every error its place. */

const name = z.string().min(1).max(200);
const identifier = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, 'must be a camelCase name of at most 63 letters and digits');
const slug = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'may hold letters, digits, dots, dashes and underscores only');
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const constant = z.json();
const columns = z.union([name, z.array(name).min(1)]);

/** A transform by its name, or by its name with its settings. Names and settings are checked against the registry. */
const step = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const steps = z.union([step, z.array(step)]);

export const TWENTY_TYPES = [
  'TEXT',
  'NUMBER',
  'BOOLEAN',
  'DATE',
  'DATE_TIME',
  'CURRENCY',
  'SELECT',
  'MULTI_SELECT',
  'EMAILS',
  'PHONES',
  'LINKS',
  'ADDRESS',
  'FULL_NAME',
  'RICH_TEXT',
  'RAW_JSON',
  'ARRAY',
  'RATING',
  'UUID',
  'RELATION',
] as const;

const option = z.union([
  z.string().min(1),
  z.strictObject({ label: z.string().min(1), value: z.string().optional(), color: z.string().optional() }),
]);

/** A field that provisioning makes where it is missing. */
const fieldSpec = z.strictObject({
  /** May be missing for a shared field. */
  type: z.enum(TWENTY_TYPES).optional(),
  label: z.string().min(1).max(63).optional(),
  description: z.string().max(500).optional(),
  options: z.array(option).optional(),
  unique: z.boolean().optional(),
  /** RELATION only: Twenty's singular name of the other object, and the label of its side. */
  target: identifier.optional(),
  reverse: z.string().min(1).max(63).optional(),
  default: constant.optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
});

/** Words, or the name of a list of the mapping. */
const wordList = z.union([z.string(), z.array(z.string())]);

const columnTests = {
  equals: scalar.optional(),
  in: z.union([z.string(), z.array(scalar)]).optional(),
  empty: z.literal(true).optional(),
  filled: z.literal(true).optional(),
  matches: z.string().optional(),
  contains: z.string().optional(),
};

type ConditionInput = {
  choice?: Record<string, string | string[]> | undefined;
  answer?: Record<string, string | string[]> | undefined;
  column?: string | undefined;
  equals?: string | number | boolean | undefined;
  in?: string | (string | number | boolean)[] | undefined;
  empty?: true | undefined;
  filled?: true | undefined;
  matches?: string | undefined;
  contains?: string | undefined;
  all?: ConditionInput[] | undefined;
  any?: ConditionInput[] | undefined;
  not?: ConditionInput | undefined;
};

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);

/** All members must hold. */
const condition: z.ZodType<ConditionInput> = z.lazy(() =>
  z.strictObject({
    choice: z.record(z.string(), oneOrMore).optional(),
    answer: z.record(z.string(), oneOrMore).optional(),
    column: name.optional(),
    ...columnTests,
    all: z.array(condition).min(1).optional(),
    any: z.array(condition).min(1).optional(),
    not: condition.optional(),
  }),
);

/** Where a value comes from: columns, a constant or a template; then the transforms in order. */
const valueSource = {
  from: columns.optional(),
  value: constant.optional(),
  template: z.string().min(1).optional(),
  transform: steps.optional(),
};

/** Whose value stands where a person edited the field in Twenty. */
const edits = z.enum(EDIT_RULES);

/**
 * Whose value stands where several records share a row: of those that have one the first, the one that the source changed
 * last, or the first of these objects. (`all`: those of all, in fields that hold several; `rest`: with the text field for
 * what the workspace has no room for.)
 */
const mergeWinner = z.union([
  z.enum(['first', 'newest']),
  z.strictObject({ prefer: z.array(z.string().regex(/^[^/\s]+(\/[^/\s]+)?$/, 'an object, or source/object')).min(1) }),
]);

const onInvalid = z.union([z.enum(['refuse', 'leave', 'hold']), z.strictObject({ text: z.string().min(1) })]);

const fieldRule = z.strictObject({
  to: z.string().min(1),
  ...valueSource,
  create: z.union([z.literal('shared'), fieldSpec]).optional(),
  default: constant.optional(),
  onEmpty: z.enum(['clear', 'leave', 'default']).optional(),
  onNull: z.enum(['clear', 'leave', 'default']).optional(),
  onInvalid: onInvalid.optional(),
  edits: edits.optional(),
  merging: z.union([mergeWinner, z.literal('all'), z.strictObject({ rest: identifier })]).optional(),
  when: condition.optional(),
  note: z.string().optional(),
});

const shortValue = z.union([name, z.strictObject(valueSource)]);

/** `id`, or `index` with `value`, or `child`; with `link`, what that link of the other record came to. */
const attempt = z.strictObject({
  to: z.string().min(1),
  object: name.optional(),
  id: shortValue.optional(),
  index: slug.optional(),
  value: shortValue.optional(),
  link: slug.optional(),
  child: slug.optional(),
  among: z.enum(['only', 'newest']).optional(),
  label: z.string().min(1).optional(),
  when: condition.optional(),
});

const placeholder = z.strictObject({
  object: name,
  to: z.string().min(1),
  /** What makes two placeholders the same one. */
  key: shortValue,
  fields: z.array(fieldRule).min(1),
});

const fallback = z.union([
  z.enum(['leave', 'hold', 'skip']),
  z.strictObject({
    when: condition.optional(),
    hold: z.string().min(1).optional(),
    leave: z.literal(true).optional(),
    skip: z.literal(true).optional(),
    placeholder: placeholder.optional(),
  }),
]);

const link = z.strictObject({
  name: slug,
  attempts: z.array(attempt).min(1),
  otherwise: z.union([fallback, z.array(fallback).min(1)]),
  edits: edits.optional(),
  merging: mergeWinner.optional(),
  when: condition.optional(),
});

const owner = z.strictObject({
  to: z.string().min(1),
  ...valueSource,
  missing: z.enum(['hold', 'leave']).optional(),
  edits: edits.optional(),
  merging: mergeWinner.optional(),
  create: z.union([z.literal('shared'), fieldSpec]).optional(),
  when: condition.optional(),
});

const child = z.strictObject({
  name: slug,
  target: identifier,
  when: condition.optional(),
  /** One child per element of this list; `@item` is the element. */
  each: z.strictObject({ ...valueSource, only: wordList.optional(), except: wordList.optional() }).optional(),
  /** Several records share one child with this key: `topic/{@item}`. */
  shared: z.strictObject({ object: slug, key: shortValue }).optional(),
  parent: z.string().min(1).optional(),
  fields: z.array(fieldRule).optional(),
  links: z.array(link).optional(),
});

/** Files that records of the object name: read from the source, uploaded, and attached. */
const fileRule = z.strictObject({
  name: slug,
  /** Where the references stand: one, a list, or one a line. */
  ...valueSource,
  when: condition.optional(),
  /** What the file is called; `@item` is the reference. Left out: the end of the reference. */
  fileName: shortValue.optional(),
  size: shortValue.optional(),
  type: shortValue.optional(),
  /** What changes when the content does. */
  version: shortValue.optional(),
  /** The record that it is attached to, where that is not its own. */
  link: link.optional(),
});

const lookup = z.strictObject({ index: slug, ...valueSource, when: condition.optional() });

const sameAs = z.strictObject({ object: slug, id: shortValue, when: condition.optional() });

const exclude = z.strictObject({ rule: slug, when: condition, note: z.string().optional() });

const quality = z.strictObject({
  rule: slug,
  field: name.optional(),
  /** What a record must fulfil. */
  require: condition,
  ask: z.string().min(1).optional(),
  onFail: z.enum(['ask', 'load', 'exclude']).optional(),
  /** The name of a choice whose value decides instead of `onFail`. */
  decide: slug.optional(),
  /** The share of records that must pass, 0 to 1, before the object is loaded. */
  threshold: z.number().min(0).max(1).optional(),
  when: condition.optional(),
});

const question = z.strictObject({
  id: slug,
  when: condition,
  ask: z.string().min(1),
  choices: z.array(z.string().min(1)).min(1),
  queue: z.enum(['record', 'quality', 'schema']).optional(),
  blocking: z.boolean().optional(),
  /** The name of a choice: a value other than `ask` answers for every record. */
  decide: slug.optional(),
});

const skip = z.strictObject({
  column: name,
  reason: z.string().min(1),
  by: z.string().optional(),
  /** List each value as not moved; with `when` only in those records. */
  list: z.boolean().optional(),
  when: condition.optional(),
});

const undecided = z.strictObject({
  column: name,
  recommendation: z.enum(['custom field', 'text', 'skip']),
  reason: z.string(),
});

const policies = z.strictObject({
  duplicate: z.enum(['merge', 'hold', 'without-value']).optional(),
  softDeleted: z.enum(['restore', 'hold', 'leave']).optional(),
  onDelete: z.enum(['soft-delete', 'destroy', 'keep']).optional(),
  /** On merging, the fields of the record with the higher priority win. */
  priority: z.number().int().optional(),
  /** For every field that says nothing itself. */
  edits: edits.optional(),
});

const yes = z.array(z.string().min(1)).min(1);
const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('integer') }),
  z.strictObject({ type: z.literal('decimal'), decimalMark: z.enum(['.', ',']) }),
  z.strictObject({ type: z.literal('boolean'), yes, no: yes }),
  z.strictObject({ type: z.literal('date'), pattern: z.string().min(1) }),
  z.strictObject({ type: z.literal('timestamp'), pattern: z.string().min(1) }),
]);

const movedObject = z.strictObject({
  target: identifier,
  tier: z.enum(TIERS).optional(),
  label: z.string().optional(),
  policies: policies.optional(),
  formats: z.record(z.string(), format).optional(),
  exclude: z.array(exclude).optional(),
  quality: z.array(quality).optional(),
  questions: z.array(question).optional(),
  fields: z.array(fieldRule),
  links: z.array(link).optional(),
  owners: z.array(owner).optional(),
  children: z.array(child).optional(),
  files: z.array(fileRule).optional(),
  lookups: z.array(lookup).optional(),
  /** The record that this one became, or is another appearance of: the first that is named; both share a row. */
  sameAs: z.array(sameAs).min(1).optional(),
  skip: z.array(skip).optional(),
  undecided: z.array(undecided).optional(),
});

const leftObject = z.strictObject({ skip: z.string().min(1) });

/** Another mapping per value of a choice. */
const chosenObject = z.strictObject({
  choose: slug,
  variants: z.record(z.string(), z.union([movedObject, leftObject])),
});

const choice = z.strictObject({
  value: z.string().min(1),
  options: z.array(z.string().min(1)).min(1),
  about: z.string().optional(),
});

const stage = z.strictObject({
  name: z.string().min(1),
  /** The option's label where it differs from the name. */
  option: z.string().min(1).optional(),
  /** The option's value where it is not made from the label: an option that is there already. */
  value: z.string().optional(),
  probability: z.number().min(0).max(100).optional(),
  outcome: z.enum(['open', 'won', 'lost']).optional(),
  color: z.string().optional(),
});

const pipelines = z.strictObject({
  stage: z.string().min(1),
  pipeline: z.string().min(1).optional(),
  equalNames: z.enum(['apart', 'merge']).optional(),
  list: z.array(z.strictObject({ name: z.string(), label: z.string().optional(), stages: z.array(stage) })),
});

const provisionObject = z.strictObject({
  plural: identifier,
  label: z.string().min(1).max(63),
  labelPlural: z.string().min(1).max(63),
  icon: z.string().optional(),
  description: z.string().optional(),
});

export const mappingFileSchema = z.strictObject({
  version: z.literal(1),
  source: slug,
  defaults: z
    .strictObject({
      timezone: z.string().optional(),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'must be a country code of two capitals')
        .optional(),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'must be a currency code of three capitals')
        .optional(),
      onEmpty: z.enum(['clear', 'leave']).optional(),
      onInvalid: z.enum(['refuse', 'leave', 'hold']).optional(),
      maxText: z.number().int().min(100).max(1_000_000).optional(),
    })
    .optional(),
  choices: z.record(slug, choice).optional(),
  tables: z.record(slug, z.record(z.string(), z.string())).optional(),
  lists: z.record(slug, z.array(z.string())).optional(),
  pipelines: pipelines.optional(),
  provision: z
    .strictObject({
      objects: z.record(identifier, provisionObject).optional(),
      fields: z
        .record(
          z.string().regex(/^[a-zA-Z0-9]+\.[a-zA-Z0-9]+$/, 'must be object.field'),
          z.union([z.literal('shared'), fieldSpec]),
        )
        .optional(),
    })
    .optional(),
  review: z
    .strictObject({ mark: identifier, reason: identifier.optional(), objects: z.array(identifier).optional() })
    .optional(),
  objects: z.record(name, z.union([movedObject, leftObject, chosenObject])),
});

export type MappingFile = z.infer<typeof mappingFileSchema>;
export type FieldRule = z.infer<typeof fieldRule>;
export type MergingSpec = NonNullable<FieldRule['merging']>;
export type FieldSpec = z.infer<typeof fieldSpec>;
export type OptionSpec = z.infer<typeof option>;
export type Condition = ConditionInput;
export type StepSpec = z.infer<typeof step>;
export type ValueSource = Pick<FieldRule, 'from' | 'value' | 'template' | 'transform'>;
export type ShortValue = z.infer<typeof shortValue>;
export type LinkSpec = z.infer<typeof link>;
export type AttemptSpec = z.infer<typeof attempt>;
export type FallbackSpec = z.infer<typeof fallback>;
export type PlaceholderSpec = z.infer<typeof placeholder>;
export type OwnerSpec = z.infer<typeof owner>;
export type ChildSpec = z.infer<typeof child>;
export type FileSpec = z.infer<typeof fileRule>;
export type LookupSpec = z.infer<typeof lookup>;
export type SameAsSpec = z.infer<typeof sameAs>;
export type QualitySpec = z.infer<typeof quality>;
export type QuestionSpec = z.infer<typeof question>;
export type SkipSpec = z.infer<typeof skip>;
export type ObjectSpec = z.infer<typeof movedObject>;
export type LeftSpec = z.infer<typeof leftObject>;
export type ChosenSpec = z.infer<typeof chosenObject>;
export type PipelinesSpec = z.infer<typeof pipelines>;
export type ChoiceSpec = z.infer<typeof choice>;

/** The text field that a line keeps for what a merged row has no room for; null: none. */
export function restOf(said: MergingSpec | undefined): string | null {
  return typeof said === 'object' && 'rest' in said ? said.rest : null;
}
