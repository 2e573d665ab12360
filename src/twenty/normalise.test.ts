import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseComposite } from '../../sandbox/twenty/values/composites.ts';
import { SCALARS } from '../../sandbox/twenty/values/scalars.ts';
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
    ['RAW_JSON', '{"b":1,"a":2}', { a: 2, b: 1 }],
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

const VALUES: Partial<Record<TwentyFieldType, fc.Arbitrary<unknown>>> = {
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
};

/** What the simulator stores of a value; throws where it refuses. */
function stored(type: TwentyFieldType, value: unknown): unknown {
  if (type in COMPOSITES && type !== 'FILES') return normaliseComposite(type as 'EMAILS', value, 'field', () => 'id');
  const rule = SCALARS[type as 'TEXT'];
  if (rule === undefined) throw new Error(`no rule for ${type}`);
  return rule(value, 'field', { name: 'field', type, options: null, settings: null } as unknown as Parameters<
    typeof rule
  >[2]);
}

describe('ALL-5 the local check and normalisation against the simulated server', () => {
  it.each(Object.keys(VALUES) as TwentyFieldType[])(
    '%s: what the check lets through is accepted, and reads back equal',
    (type) => {
      fc.assert(
        fc.property(VALUES[type] ?? fc.constant(null), (value) => {
          if (checkValue(field(type), value) !== null) return;
          expect(sameValue(field(type), value, stored(type, value))).toBe(true);
        }),
        { numRuns: 400 },
      );
    },
  );

  it.each(Object.keys(VALUES).filter((type) => type !== 'PHONES') as TwentyFieldType[])(
    '%s: normalising twice changes nothing more',
    (type) => {
      fc.assert(
        fc.property(VALUES[type] ?? fc.constant(null), (value) => {
          const once = normaliseForCompare(field(type), value as TwentyValue);
          expect(normaliseForCompare(field(type), once)).toEqual(once);
        }),
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
          expect(sameValue(field('PHONES'), value, stored('PHONES', value))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
