import { isObject, type JsonObject } from '../../src/core/exact-json.ts';
import type { Option } from './labels.ts';
import type { Reading } from './reading.ts';

/** What decides how an attribute is read. */
export interface AttributeFacts {
  readonly attribute: JsonObject;
  readonly options: readonly Option[];
  /** Tables that are synced. */
  readonly scope: ReadonlySet<string>;
}

/** An attribute as an environment may define it, with a value as it comes in a row. */
export interface Example {
  readonly title: string;
  readonly attribute?: JsonObject;
  readonly options?: readonly Option[];
  readonly value: unknown;
  /** The table that a lookup points at, as the annotation tells it. */
  readonly table?: string;
}

export interface AttributeType {
  /** Null where it is left out. */
  readonly reading: (facts: AttributeFacts) => Reading | null;
  readonly examples: readonly Example[];
  /** What does not arrive; null where nothing is lost. */
  readonly loss: string | null;
}

const always = (reading: Reading | null) => (): Reading | null => reading;
const text = always({ kind: 'text' });
const long = always({ kind: 'long' });
const decimal = ({ attribute }: AttributeFacts): Reading => ({
  kind: 'decimal',
  scale: Math.max(4, Number(attribute.Precision ?? 0)),
});
const option = ({ options }: AttributeFacts): Reading => ({ kind: 'option', options });
/** Any table may be pointed at, also one that the definition does not name yet, unless the platform fixes the targets. */
const lookup = (fixed: boolean) => (facts: AttributeFacts) => lookupReading(facts, fixed);

const ID = '11111111-0000-0000-0000-000000000001';
const PHASES: readonly Option[] = [
  { value: 1, label: 'Draft' },
  { value: 2, label: 'Running' },
];
const STATES: readonly Option[] = [
  { value: 0, label: 'Active' },
  { value: 1, label: 'Inactive' },
];

/** Every attribute type of Dataverse, by its `AttributeTypeName`: how it is read, and what that costs. */
export const ATTRIBUTE_TYPES: Readonly<Record<string, AttributeType>> = {
  StringType: { reading: text, examples: [{ title: 'String', value: 'Ada Ltd' }], loss: null },
  MemoType: { reading: text, examples: [{ title: 'Memo', value: 'Line 1\nLine 2' }], loss: null },
  UniqueidentifierType: { reading: text, examples: [{ title: 'Unique identifier', value: ID }], loss: null },
  EntityNameType: { reading: text, examples: [{ title: 'Entity name', value: 'account' }], loss: null },
  IntegerType: { reading: long, examples: [{ title: 'Whole number', value: 12 }], loss: null },
  BigIntType: {
    reading: long,
    examples: [{ title: 'Big integer', value: 9_007_199_254_740_993n }],
    loss: 'Beyond 2^53 a NUMBER cannot hold it, and the record is refused: map it to TEXT, which keeps every digit',
  },
  DoubleType: {
    reading: always({ kind: 'double' }),
    examples: [{ title: 'Floating point', value: 41.01 }],
    loss: null,
  },
  DecimalType: {
    reading: decimal,
    examples: [{ title: 'Decimal', attribute: { Precision: 3 }, value: 0.125 }],
    loss: null,
  },
  MoneyType: {
    reading: decimal,
    examples: [{ title: 'Currency', attribute: { Precision: 2 }, value: 1250.5 }],
    loss: 'The amount in the base currency and the rate are left out',
  },
  BooleanType: {
    reading: always({ kind: 'boolean' }),
    examples: [{ title: 'Yes/No', value: true }],
    loss: 'The labels of the two values',
  },
  DateTimeType: {
    reading: ({ attribute }) => dateReading(attribute.DateTimeBehavior),
    examples: [
      { title: 'Date and time, user local', value: '2026-03-04T09:00:00Z' },
      { title: 'Date only', attribute: { DateTimeBehavior: { Value: 'DateOnly' } }, value: '2026-03-04' },
      {
        title: 'Date and time, time-zone independent',
        attribute: { DateTimeBehavior: { Value: 'TimeZoneIndependent' } },
        value: '2026-03-04T08:30:00Z',
      },
    ],
    loss: null,
  },
  PicklistType: {
    reading: option,
    examples: [{ title: 'Choice', options: PHASES, value: 2 }],
    loss: 'The number and the color',
  },
  StateType: { reading: option, examples: [{ title: 'Status', options: STATES, value: 0 }], loss: 'The number' },
  StatusType: {
    reading: option,
    examples: [{ title: 'Status reason', options: STATES, value: 1 }],
    loss: 'The number',
  },
  MultiSelectPicklistType: {
    reading: ({ options }) => ({ kind: 'options', options }),
    examples: [{ title: 'Choices', options: PHASES, value: '1,2' }],
    loss: 'The numbers and the colors',
  },
  LookupType: {
    reading: lookup(false),
    examples: [
      { title: 'Lookup at a table that is synced', attribute: { Targets: ['account'] }, value: ID, table: 'account' },
      {
        title: 'Lookup at a table that is not',
        attribute: { Targets: ['pricelevel'] },
        value: ID,
        table: 'pricelevel',
      },
      {
        title: 'Lookup at several tables',
        attribute: { Targets: ['account', 'contact', 'queue'] },
        value: ID,
        table: 'contact',
      },
    ],
    loss: 'Of a row that is not synced only its name',
  },
  CustomerType: {
    reading: lookup(true),
    examples: [{ title: 'Customer', attribute: { Targets: ['account', 'contact'] }, value: ID, table: 'account' }],
    loss: null,
  },
  OwnerType: {
    reading: lookup(true),
    examples: [{ title: 'Owner', attribute: { Targets: ['systemuser', 'team'] }, value: ID, table: 'systemuser' }],
    loss: 'A team is nobody in Twenty: its records wait until somebody stands for it',
  },
  PartyListType: {
    reading: always({ kind: 'parties' }),
    examples: [{ title: 'Party list', value: 'rows of activityparty' }],
    loss: 'Somebody without a record is kept as name and address',
  },
  FileType: {
    reading: always({ kind: 'file' }),
    examples: [{ title: 'File', value: ID }],
    loss: null,
  },
  ImageType: {
    reading: always(null),
    examples: [{ title: 'Image', value: ID }],
    loss: 'The image: rows hold a thumbnail of it only',
  },
  ManagedPropertyType: {
    reading: always(null),
    examples: [{ title: 'Managed property', value: true }],
    loss: 'All of it: it is about solutions',
  },
  VirtualType: {
    reading: always(null),
    examples: [{ title: 'Virtual', value: null }],
    loss: 'All of it: it repeats another column, or has no value of its own',
  },
  CalendarRulesType: {
    reading: always(null),
    examples: [{ title: 'Calendar rules', value: null }],
    loss: 'All of it: it cannot be read with a row',
  },
};

/** Of a type that nobody has heard of: as text, so that nothing is lost in silence. */
export const UNKNOWN_TYPE: AttributeType = {
  reading: text,
  examples: [{ title: 'A type not known yet', value: { shape: 'cube' } }],
  loss: 'What the value means; it is read as text, and discovery says so',
};

function dateReading(behavior: unknown): Reading {
  const value = isObject(behavior) ? behavior.Value : null;
  if (value === 'DateOnly') return { kind: 'date' };
  return value === 'TimeZoneIndependent' ? { kind: 'local-time' } : { kind: 'instant' };
}

function lookupReading({ attribute, scope }: AttributeFacts, fixed: boolean): Reading {
  const given = attribute.Targets;
  const targets = Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string') : [];
  const synced = targets.filter((target) => scope.has(target));
  const others = targets.filter((target) => !scope.has(target));
  const [only] = synced;
  if (only === undefined) return { kind: 'name', targets };
  return targets.length === 1
    ? { kind: 'link', target: only }
    : { kind: 'links', targets: synced, others, open: !fixed || others.length > 0 };
}
