import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRAITS, type TwentyVersion } from '../../sandbox/twenty/index.ts';
import type { ModelField } from '../../sandbox/twenty/model/types.ts';
import { normaliseComposite } from '../../sandbox/twenty/values/composites.ts';
import { SCALARS, uuid as storedUuid } from '../../sandbox/twenty/values/scalars.ts';
import { asVersionStores } from '../../sandbox/twenty/versions/values.ts';
import { canonicalJson } from '../core/identifiers.ts';
import { checkFields, checkValue } from './check.ts';
import { parseObject } from './metadata-parse.ts';
import type { TwentyFieldType, TwentyValue, WorkspaceField } from './model.ts';
import { normaliseForCompare, sameValue } from './normalise.ts';
import { toPhones } from './phones.ts';
import { COMPOSITES } from './selection.ts';

function field(type: TwentyFieldType, more: Partial<WorkspaceField> = {}): WorkspaceField {
  return {
    id: 'f',
    name: 'field',
    label: null,
    type,
    isNullable: true,
    isUnique: false,
    isSystem: false,
    isActive: true,
    defaultValue: null,
    options: null,
    settings: null,
    description: null,
    relation: null,
    ...more,
  };
}

describe('what was written and what is read back are equal when the server only normalised', () => {
  const pairs: readonly (readonly [TwentyFieldType, unknown, unknown])[] = [
    [
      'EMAILS',
      { primaryEmail: 'Ada1@Example.com', additionalEmails: [] },
      { primaryEmail: 'ada1@example.com', additionalEmails: null },
    ],
    [
      'EMAILS',
      { primaryEmail: 'a@müller.de.', additionalEmails: ['B@C.de'] },
      { primaryEmail: 'a@xn--mller-kva.de', additionalEmails: ['b@c.de'] },
    ],
    [
      'LINKS',
      { primaryLinkUrl: 'https://C1.Example.com/', primaryLinkLabel: '', secondaryLinks: [] },
      { primaryLinkUrl: 'https://c1.example.com', primaryLinkLabel: null, secondaryLinks: null },
    ],
    [
      'LINKS',
      { primaryLinkUrl: '', primaryLinkLabel: '', secondaryLinks: [{ url: 'x.de', label: 'X' }] },
      { primaryLinkUrl: 'x.de', primaryLinkLabel: 'X', secondaryLinks: null },
    ],
    [
      'PHONES',
      {
        primaryPhoneNumber: '+44 20 7123 4567',
        primaryPhoneCountryCode: '',
        primaryPhoneCallingCode: '',
        additionalPhones: [],
      },
      {
        primaryPhoneNumber: '2071234567',
        primaryPhoneCountryCode: 'GB',
        primaryPhoneCallingCode: '+44',
        additionalPhones: null,
      },
    ],
    [
      'PHONES',
      { primaryPhoneNumber: '', primaryPhoneCountryCode: 'US', primaryPhoneCallingCode: '', additionalPhones: [] },
      { primaryPhoneNumber: '', primaryPhoneCountryCode: 'US', primaryPhoneCallingCode: '+1', additionalPhones: null },
    ],
    ['FULL_NAME', { firstName: 'Ada', lastName: '' }, { firstName: 'Ada', lastName: null }],
    ['FULL_NAME', null, { firstName: '', lastName: '' }],
    [
      'ADDRESS',
      { addressCity: 'Köln', addressStreet1: '' },
      {
        addressStreet1: '',
        addressStreet2: '',
        addressCity: 'Köln',
        addressPostcode: '',
        addressState: '',
        addressCountry: '',
        addressLat: null,
        addressLng: null,
      },
    ],
    [
      'CURRENCY',
      { amountMicros: '1500000000', currencyCode: 'EUR' },
      { amountMicros: 1500000000, currencyCode: 'EUR' },
    ],
    ['CURRENCY', null, { amountMicros: null, currencyCode: null }],
    ['DATE_TIME', '2026-12-01T10:00:00+01:00', '2026-12-01T09:00:00.000Z'],
    ['DATE_TIME', '2019-05-06', '2019-05-06T00:00:00.000Z'],
    ['DATE', '2026-12-01', '2026-12-01T00:00:00.000Z'],
    ['TEXT', null, ''],
    ['ARRAY', [], null],
    ['MULTI_SELECT', ['B', 'A'], ['A', 'B']],
    [
      'RICH_TEXT',
      { markdown: '**Hi**  \r\n\r\n- one\r\n', blocknote: null },
      { markdown: '**Hi**\n\n- one', blocknote: '[{"id":"x"}]' },
    ],
    ['RICH_TEXT', { markdown: 'one  \ntwo ' }, { markdown: 'one    \r\ntwo' }],
    ['RAW_JSON', '{"b":1,"a":2}', { a: 2, b: 1 }],
    ['RAW_JSON', {}, null],
    ['UUID', 'ABCDEF00-0000-4000-8000-000000000000', 'abcdef00-0000-4000-8000-000000000000'],
    ['NUMERIC', '1.50', 1.5],
    ['ACTOR', { source: 'IMPORT', name: 'x' }, { source: 'IMPORT', name: 'x', workspaceMemberId: null, context: {} }],
    [
      'FILES',
      [{ fileId: 'x', label: 'a.txt' }],
      [{ fileId: 'x', label: 'a.txt', extension: '.txt', url: 'https://x' }],
    ],
  ];
  it.each(pairs)('%s %j = %j', (type, written, read) => {
    expect(sameValue(field(type), written, read)).toBe(true);
  });

  const different: readonly (readonly [TwentyFieldType, unknown, unknown])[] = [
    ['TEXT', 'a', 'A'],
    ['LINKS', { primaryLinkUrl: 'x.de' }, { primaryLinkUrl: 'https://x.de' }],
    ['CURRENCY', { amountMicros: 1, currencyCode: 'EUR' }, { amountMicros: 1, currencyCode: 'USD' }],
    [
      'CURRENCY',
      { amountMicros: '9007199254740993', currencyCode: null },
      { amountMicros: '9007199254740992', currencyCode: null },
    ],
    ['BOOLEAN', false, null],
    ['NUMBER', 0, null],
    ['ARRAY', ['a', 'b'], ['b', 'a']],
    // A line break of Markdown, and indented code.
    ['RICH_TEXT', { markdown: 'one  \ntwo' }, { markdown: 'one\ntwo' }],
    ['RICH_TEXT', { markdown: '    code' }, { markdown: 'code' }],
    ['RAW_JSON', { a: '' }, { a: null }],
    ['RAW_JSON', { a: [] }, null],
    [
      'PHONES',
      { primaryPhoneNumber: '2071234567', primaryPhoneCallingCode: '+44' },
      { primaryPhoneNumber: '2071234568', primaryPhoneCallingCode: '+44' },
    ],
  ];
  it.each(different)('%s %j ≠ %j', (type, one, other) => {
    expect(sameValue(field(type), one, other)).toBe(false);
  });
});

const email = fc.oneof(fc.emailAddress(), fc.constantFrom('ADA@Example.COM', 'not an email', 'a@b', '', 'x@müller.de'));
const url = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.constantFrom('ACME.com/', 'https://Acme.com/A%20b/', 'no link', 'http://localhost', '', 'x y.de'),
);
const number = fc.oneof(
  fc.constantFrom('+44 20 7123 4567', '020 7123 4567', '0532 123 45 67', '12', 'call me', ''),
  fc.stringMatching(/^\+?[0-9 ]{1,14}$/),
);
const country = fc.constantFrom('', 'GB', 'TR', 'US', 'XX');
const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', 'a\0b', '\ud800'));
const anything = fc.oneof(
  word,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
);

const uuid = fc.uuid({ version: [1, 4, 5] });
const option = fc.constantFrom('ONE', 'TWO', 'THREE', 'NOBODY', '');
const markdown = fc
  .array(fc.constantFrom('**Hi**', 'a  ', 'b ', '\t', '', '- one', '    code', '# x', 'a\\', '```'), { maxLength: 8 })
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)));

/** Every type but the one that the server works out by itself. */
type Comparable = Exclude<TwentyFieldType, 'TS_VECTOR'>;

const VALUES: Readonly<Record<Comparable, fc.Arbitrary<unknown>>> = {
  TEXT: fc.oneof(word, anything),
  NUMBER: anything,
  NUMERIC: fc.oneof(anything, fc.constantFrom('1.5', 'x')),
  BOOLEAN: anything,
  UUID: fc.oneof(fc.uuid(), fc.uuid({ version: 7 }), word),
  DATE: fc.oneof(fc.constantFrom('2026-02-30', '2024-02-29', '2026-02-03T04:05:06Z', '06.05.2019', ''), anything),
  DATE_TIME: fc.oneof(
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }).map((day) => day.toISOString()),
    fc.constantFrom('2026-01-01T25:00:00Z', '2026-01-01 10:00', '2026-01-01T10:00:00+01', 'soon'),
    anything,
  ),
  ARRAY: fc.oneof(fc.array(word), fc.array(anything)),
  FULL_NAME: fc.record({ firstName: word, lastName: word }),
  ADDRESS: fc.record({
    addressCity: word,
    addressLat: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), word),
  }),
  CURRENCY: fc.record({
    amountMicros: fc.oneof(fc.integer(), fc.constantFrom('15000', null)),
    currencyCode: fc.constantFrom('EUR', 'ZZZ', '', null),
  }),
  EMAILS: fc.record({
    primaryEmail: email,
    additionalEmails: fc.oneof(fc.array(email, { maxLength: 3 }), fc.constant(null)),
  }),
  LINKS: fc.record({
    primaryLinkUrl: url,
    primaryLinkLabel: word,
    secondaryLinks: fc.array(fc.record({ url, label: word }), { maxLength: 3 }),
  }),
  PHONES: fc.record({
    primaryPhoneNumber: number,
    primaryPhoneCountryCode: country,
    primaryPhoneCallingCode: fc.constantFrom('', '+44', '+90'),
    additionalPhones: fc.array(fc.record({ number, countryCode: country, callingCode: fc.constant('') }), {
      maxLength: 2,
    }),
  }),
  ACTOR: fc.record({
    source: fc.constantFrom('API', 'IMPORT', 'NOPE', '', null),
    name: word,
    workspaceMemberId: fc.oneof(uuid, fc.constantFrom(null, '')),
    context: fc.oneof(fc.constant({}), fc.constant(null), fc.record({ provider: word })),
  }),
  FILES: fc.oneof(fc.array(fc.record({ fileId: uuid, label: word }), { maxLength: 12 }), anything),
  MORPH_RELATION: fc.oneof(uuid, fc.constant(null)),
  MULTI_SELECT: fc.oneof(fc.array(option, { maxLength: 4 }), option, anything),
  POSITION: fc.double({ noNaN: true, noDefaultInfinity: true }),
  RATING: fc.oneof(option, anything),
  RAW_JSON: fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    anything,
  ),
  RELATION: fc.oneof(uuid, fc.constant(null)),
  // Nothing that writes gives BlockNote: Markdown alone is what can be compared afterwards.
  RICH_TEXT: fc.record({ markdown: fc.oneof(markdown, word, fc.constant(null)), blocknote: fc.constantFrom(null, '') }),
  SELECT: fc.oneof(option, anything),
};

const OPTIONS = ['ONE', 'TWO', 'THREE'].map((value, position) => ({
  id: null,
  value,
  label: value.toLowerCase(),
  position,
  color: null,
}));

/** One field of each type, and the one kind that has rules of its own within its type. */
const FIELDS: readonly (readonly [name: string, field: WorkspaceField & { readonly type: Comparable }])[] = [
  ...(Object.keys(VALUES) as Comparable[]).map((type) => {
    const options = type === 'SELECT' || type === 'MULTI_SELECT' || type === 'RATING' ? OPTIONS : null;
    const column = { type: 'MANY_TO_ONE', targets: ['company'], columns: { company: 'fieldId' } } as const;
    const relation = type === 'RELATION' || type === 'MORPH_RELATION' ? column : null;
    return [type, { ...field(type, { options, relation }), type }] as const;
  }),
  ['LINKS of the kind domain', { ...field('LINKS', { settings: { type: 'domain' } }), type: 'LINKS' }],
];

/** What the simulator stores of a value; throws where it refuses. */
function stored(into: WorkspaceField, value: unknown, version: TwentyVersion): unknown {
  const { type } = into;
  const known = into as unknown as ModelField;
  if (into.relation !== null) return storedUuid(value, 'field')?.toLowerCase() ?? null;
  if (type in COMPOSITES && type !== 'FILES') {
    const parts = normaliseComposite(type as 'EMAILS', value, 'field', () => 'id');
    return asVersionStores(TRAITS[version], known, parts);
  }
  const rule = SCALARS[type as 'TEXT'];
  if (rule === undefined) throw new Error(`no rule for ${type}`);
  return rule(value, 'field', known);
}

describe('ALL-5 the local check and normalisation against the simulated server', () => {
  it.each(FIELDS)('%s: what the check lets through is accepted, and reads back equal', (_name, into) => {
    fc.assert(
      fc.property(VALUES[into.type], fc.constantFrom('2.21', '2.43'), (value, version: TwentyVersion) => {
        if (checkValue(into, value) !== null) return;
        expect(sameValue(into, value, stored(into, value, version))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  // A text of JSON may hold a text of JSON, and a phone's codes go into its number.
  const once = FIELDS.filter(([, { type }]) => type !== 'PHONES' && type !== 'RAW_JSON');
  it.each(once)('%s: normalising twice changes nothing more', (_name, into) => {
    fc.assert(
      fc.property(VALUES[into.type], (value) => {
        const once = normaliseForCompare(into, value as TwentyValue);
        expect(normaliseForCompare(into, once)).toEqual(once);
      }),
    );
  });
});

type Change = fc.Arbitrary<readonly [one: TwentyValue, other: TwentyValue]>;

const letters = fc.stringMatching(/^[a-z]{1,8}$/);

/** A text, and the same with one more letter somewhere in it. */
function longer(text: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> {
  return fc.tuple(text, fc.nat(), fc.constantFrom('q', 'Q', '7', 'ş')).map(([one, at, letter]) => {
    const place = at % (one.length + 1);
    return [one, `${one.slice(0, place)}${letter}${one.slice(place)}`] as const;
  });
}

/** Two that differ, of what `values` gives. */
function two<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<readonly [Value, Value]> {
  return fc.tuple(values, values).filter(([one, other]) => canonicalJson(one) !== canonicalJson(other));
}

/** One part of a composite changes, the others stay. */
function inPart(whole: { readonly [name: string]: TwentyValue }, parts: Readonly<Record<string, Change>>): Change {
  const each = Object.entries(parts).map(([name, change]) =>
    change.map(
      ([one, other]) =>
        [
          { ...whole, [name]: one },
          { ...whole, [name]: other },
        ] as const,
    ),
  );
  return fc.oneof(...each);
}

const whole = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });
const days = fc
  .date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2100-01-01') })
  .map((date) => date.toISOString());
const names = two(fc.constantFrom('ONE', 'TWO', 'THREE', null));
const host = letters.map((name) => `${name}.example`);
const phoneNumber = fc.stringMatching(/^20[1-9][0-9]{7}$/);
const sentence = fc
  .array(fc.constantFrom('a', 'Straße', '-', '**b**', '😀'), { minLength: 1 })
  .map((of) => of.join(' '));

/** For every type, two values of which people would say that they differ. */
const CHANGES: Readonly<Record<Comparable, Change>> = {
  ACTOR: inPart(
    { source: 'IMPORT', name: 'Old system', workspaceMemberId: null },
    { source: two(fc.constantFrom('IMPORT', 'API', 'MANUAL')), name: longer(letters), workspaceMemberId: two(uuid) },
  ),
  ADDRESS: inPart(
    { addressStreet1: '1 High St', addressCity: 'London', addressPostcode: 'N1', addressCountry: 'GB' },
    {
      addressStreet1: longer(letters),
      addressCity: longer(letters),
      addressPostcode: longer(letters),
      addressState: longer(letters),
      addressCountry: longer(letters),
      addressLat: two(fc.double({ min: -90, max: 90, noNaN: true })),
    },
  ),
  ARRAY: fc
    .tuple(fc.array(letters), fc.nat(), letters)
    .map(([list, at, more]) => [list, list.toSpliced(at % (list.length + 1), 0, more)] as const),
  BOOLEAN: two(fc.constantFrom(true, false, null)),
  CURRENCY: inPart(
    { amountMicros: 1_500_000, currencyCode: 'EUR' },
    { amountMicros: two(whole), currencyCode: two(fc.constantFrom('EUR', 'USD', null)) },
  ),
  DATE: two(days.map((day) => day.slice(0, 10))),
  DATE_TIME: two(days),
  EMAILS: inPart(
    { primaryEmail: 'ada@example.com', additionalEmails: ['b@example.com'] },
    {
      primaryEmail: longer(letters).map(([one, other]) => [`${one}@example.com`, `${other}@example.com`] as const),
      additionalEmails: two(fc.array(letters.map((name) => `${name}@example.com`))),
    },
  ),
  FILES: fc.tuple(uuid, fc.oneof(two(uuid), longer(letters)), letters).map(([id, [one, other], label]) => {
    const files = [{ fileId: id, label }];
    const changed = (value: string) => (value.length === 36 ? { fileId: value, label } : { fileId: id, label: value });
    return [
      [...files, changed(one)],
      [...files, changed(other)],
    ] as const;
  }),
  FULL_NAME: inPart(
    { firstName: 'Ada', lastName: 'Lovelace' },
    { firstName: longer(letters), lastName: longer(letters) },
  ),
  LINKS: inPart(
    { primaryLinkUrl: 'https://example.com/a', primaryLinkLabel: 'A', secondaryLinks: [] },
    {
      primaryLinkUrl: longer(letters).map(([one, other]) => [
        `https://example.com/${one}`,
        `https://example.com/${other}`,
      ]),
      primaryLinkLabel: longer(letters),
      secondaryLinks: two(
        fc.array(fc.record({ url: letters.map((path) => `https://x.example/${path}`), label: letters })),
      ),
    },
  ),
  MORPH_RELATION: two(fc.oneof(uuid, fc.constant(null))),
  MULTI_SELECT: two(fc.subarray(['ONE', 'THREE', 'TWO'])),
  NUMBER: two(fc.oneof(whole, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))),
  NUMERIC: two(whole).map(([one, other]) => [`${one}.50`, other] as const),
  PHONES: inPart(
    {
      primaryPhoneNumber: '2071234567',
      primaryPhoneCountryCode: 'GB',
      primaryPhoneCallingCode: '+44',
      additionalPhones: [],
    },
    {
      primaryPhoneNumber: two(phoneNumber),
      additionalPhones: two(
        fc.array(
          phoneNumber.map((number) => ({ number, countryCode: 'GB', callingCode: '+44' })),
          { maxLength: 3 },
        ),
      ),
    },
  ),
  POSITION: two(whole),
  RATING: names,
  RAW_JSON: two(
    fc.jsonValue().filter((value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0),
  ).map(([one, other]) => [one as TwentyValue, other as TwentyValue] as const),
  RELATION: two(fc.oneof(uuid, fc.constant(null))),
  RICH_TEXT: fc.oneof(
    longer(sentence).map(([one, other]) => [{ markdown: one }, { markdown: other }] as const),
    fc
      .tuple(sentence, sentence, two(fc.constantFrom('\n', '  \n', '\n\n', '\n    ')))
      .map(
        ([above, below, [one, other]]) =>
          [{ markdown: `${above}${one}${below}` }, { markdown: `${above}${other}${below}` }] as const,
      ),
  ),
  SELECT: names,
  TEXT: longer(fc.string()),
  UUID: two(uuid),
};

describe('ALL-5 a real difference is always a mismatch', () => {
  const DOMAIN = field('LINKS', { settings: { type: 'domain' } });
  const cases = [
    ...FIELDS.filter(([, { settings }]) => settings === null).map(
      ([name, into]) => [name, into, CHANGES[into.type]] as const,
    ),
    [
      'LINKS of the kind domain',
      DOMAIN,
      inPart(
        { primaryLinkUrl: 'https://example.com', primaryLinkLabel: 'A', secondaryLinks: [] },
        {
          primaryLinkUrl: two(host).map(([one, other]) => [`https://${one}`, other] as const),
          primaryLinkLabel: longer(letters),
          secondaryLinks: two(
            fc.array(fc.record({ url: letters.map((path) => `https://x.example/${path}`), label: letters })),
          ),
        },
      ),
    ] as const,
  ];
  it.each(cases)(
    '%s: whoever changes one thing is seen, as it is written and as it is stored',
    (_name, into, change) => {
      fc.assert(
        fc.property(change, fc.constantFrom('2.21', '2.43'), ([one, other], version: TwentyVersion) => {
          expect(sameValue(into, one, other)).toBe(false);
          expect(sameValue(into, one, one)).toBe(true);
          if (checkValue(into, other) !== null) return;
          expect(sameValue(into, one, stored(into, other, version))).toBe(false);
        }),
        { numRuns: 400 },
      );
    },
  );
});

describe('a bad value never costs a call', () => {
  const options = [{ id: null, value: 'NEW', label: 'New', position: 0, color: null }];
  const cases: readonly (readonly [WorkspaceField, unknown, string | null])[] = [
    [field('SELECT', { options }), 'NEW', null],
    [field('SELECT', { options }), 'NOPE', 'bad-option'],
    [field('SELECT', { options }), '', 'bad-option'],
    [field('MULTI_SELECT', { options }), ['NEW', 'NOPE'], 'bad-option'],
    [field('TEXT'), 'a\0b', 'bad-value'],
    [field('RICH_TEXT'), { markdown: 'a\0b' }, 'bad-value'],
    [field('TEXT', { isNullable: false }), null, 'missing-required'],
    [field('TEXT', { isNullable: false, defaultValue: "'x'" }), null, null],
    [field('TEXT', { isUnique: true }), 'x'.repeat(3000), 'too-large'],
    [field('TEXT', { isActive: false }), 'x', 'unknown-field'],
    [field('NUMBER', { settings: { dataType: 'int' } }), 2 ** 31, 'bad-value'],
    [field('NUMBER', { settings: { dataType: 'bigint' } }), 2 ** 52, null],
    [field('NUMBER', { settings: { dataType: 'bigint' } }), 2 ** 53, 'bad-value'],
    [field('NUMBER', { settings: { dataType: 'bigint' } }), '12', 'bad-value'],
    [field('CURRENCY'), { amountMicros: 1.5, currencyCode: 'EUR' }, 'bad-value'],
    [field('FULL_NAME'), { firstName: 'A', middleName: 'B' }, 'bad-value'],
    [
      field('RELATION', { relation: { type: 'MANY_TO_ONE', targets: ['company'], columns: { company: 'fieldId' } } }),
      '01890a5d-ac96-774b-bcce-b302099a8057',
      'bad-value',
    ],
    [
      field('RELATION', { relation: { type: 'MANY_TO_ONE', targets: ['company'], columns: { company: 'fieldId' } } }),
      '00000001-0000-4000-8000-000000000001',
      null,
    ],
    [field('RELATION', { relation: { type: 'ONE_TO_MANY', targets: ['person'], columns: {} } }), null, 'bad-value'],
    [field('TS_VECTOR'), 'x', 'bad-value'],
    [field('UUID'), 'ABCDEF00-0000-4000-8000-000000000000', 'bad-value'],
    [field('ACTOR'), { source: 'NOPE' }, 'bad-value'],
    [field('ACTOR'), { source: '' }, 'bad-value'],
    [field('LINKS', { settings: { type: 'domain' } }), { primaryLinkUrl: 'http://localhost' }, 'bad-value'],
    [field('LINKS', { settings: { type: 'domain' } }), { primaryLinkUrl: 'http://127.0.0.1/x' }, 'bad-value'],
    [field('LINKS', { settings: { type: 'domain' } }), { primaryLinkUrl: 'https://acme.example/x' }, null],
    [
      field('RATING', { options: [{ id: null, value: 'RATING_1', label: '1', position: 0, color: null }] }),
      'RATING_6',
      'bad-option',
    ],
  ];
  it.each(cases)('%j takes %j: %s', (into, value, reason) => {
    expect(checkValue(into, value)?.reason ?? null).toBe(reason);
  });

  it('names every fault of a record, unknown and missing fields too', () => {
    const model = JSON.parse(
      readFileSync(new URL('../../test/fixtures/twenty/twenty-2.21.0-objects.json', import.meta.url), 'utf8'),
    ) as {
      data: { objects: { edges: { node: { nameSingular: string } }[] } };
    };
    const node = model.data.objects.edges
      .map((edge) => edge.node)
      .find((each) => each.nameSingular === 'calendarEventParticipant');
    const participant = parseObject(node);
    if (participant === undefined) throw new Error('the model lacks calendarEventParticipant');
    const fields = {
      nope: 1,
      handle: 'a\0',
      responseStatus: 'MAYBE',
      personId: '00000001-0000-4000-8000-000000000001',
    };
    expect(checkFields(participant, fields, true).map((fault) => `${fault.field}: ${fault.reason}`)).toEqual([
      'nope: unknown-field',
      'handle: bad-value',
      'responseStatus: bad-option',
      'calendarEvent: missing-required',
    ]);
    expect(checkFields(participant, { person: '00000001-0000-4000-8000-000000000001' }, false)).toMatchObject([
      { reason: 'unknown-field' },
    ]);
  });
});

describe('toPhones', () => {
  it('takes a cell apart, fills the codes in, and says what it could not keep', () => {
    expect(toPhones('020 7123 4567; +90 532 123 45 67 ext. 12\n0049 30 901820 / call me', 'GB')).toEqual({
      value: {
        primaryPhoneNumber: '2071234567',
        primaryPhoneCountryCode: 'GB',
        primaryPhoneCallingCode: '+44',
        additionalPhones: [
          { number: '5321234567', countryCode: 'TR', callingCode: '+90' },
          { number: '30901820', countryCode: 'DE', callingCode: '+49' },
        ],
      },
      rejected: ['call me'],
      lost: ['+90 532 123 45 67 ext. 12'],
      doubtful: [],
    });
  });

  it('without a country, only numbers with a calling code are understood', () => {
    expect(toPhones('020 7123 4567', null)).toMatchObject({ value: null, rejected: ['020 7123 4567'] });
    expect(toPhones('', 'GB')).toEqual({ value: null, rejected: [], lost: [], doubtful: [] });
    expect(toPhones('123', 'GB').doubtful).toEqual(['123']);
  });

  it('whatever the cell holds, the server takes the outcome as it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          number,
          fc.array(number).map((each) => each.join('; ')),
        ),
        country,
        (text, where) => {
          const { value } = toPhones(text, where);
          if (value === null) return;
          expect(checkValue(field('PHONES'), value)).toBeNull();
          expect(sameValue(field('PHONES'), value, stored(field('PHONES'), value, '2.21'))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
