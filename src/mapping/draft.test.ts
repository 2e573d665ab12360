import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMapping } from './compile.ts';
import { COMPOSITES } from './composites.ts';
import { readMapping } from './parse.ts';
import { compiled, contactMapping, draftOf, recordOf } from './testing.ts';

const mapped = (body: string, top = '') => compiled(contactMapping(body, top));

describe('empty values', () => {
  it('are cleared, left or defaulted, null and empty told apart (KIN-4)', () => {
    const mapping = mapped(`fields:
  - { to: a, from: A }
  - { to: b, from: B, onEmpty: leave }
  - { to: c, from: C, default: x }
  - { to: d, from: D, onNull: leave }
  - { to: e, from: E, onEmpty: leave, onNull: clear }`);
    expect(recordOf(mapping, 'contact', { A: '', B: ' ', C: '', D: '', E: '' }).fields).toEqual({
      a: null,
      c: 'x',
      d: null,
    });
    expect(recordOf(mapping, 'contact', { A: null, B: null, C: null, D: null, E: null }).fields).toEqual({
      a: null,
      c: 'x',
      e: null,
    });
    expect(recordOf(mapping, 'contact', {}).fields).toEqual({ a: null, c: 'x', e: null });
  });

  it('never tear a composite apart: it is always written whole', () => {
    const mapping = mapped(`fields:
  - { to: name.lastName, from: Last }
  - { to: emails, from: Email, transform: [emails] }
  - { to: address.addressCity, from: City, onEmpty: leave }
  - { to: amount, from: Amount, transform: [currency] }`);
    expect(recordOf(mapping, 'contact', { Last: 'L', Email: '', City: '', Amount: '' }).fields).toEqual({
      name: { firstName: '', lastName: 'L' },
      emails: COMPOSITES.EMAILS,
      amount: COMPOSITES.CURRENCY,
    });
  });
});

describe('values that cannot be read', () => {
  const rule = (onInvalid: string) =>
    mapped(`fields:\n  - { to: emails, from: [A, B], transform: [emails], onInvalid: ${onInvalid} }`);

  it('refuse the record, with the field and the code', () => {
    expect(
      draftOf(mapped('fields:\n  - { to: emails, from: A, transform: [emails] }'), 'contact', { A: 'none' }),
    ).toEqual({
      kind: 'refused',
      field: 'emails',
      code: 'MAPPING_BAD_EMAIL',
      reason: '"none" is not an e-mail address',
    });
  });

  it('are left out and listed, the good parts kept', () => {
    const { fields, losses } = recordOf(rule('leave'), 'contact', { A: 'none', B: 'a@b.example' });
    expect(fields.emails).toEqual({ primaryEmail: 'a@b.example', additionalEmails: [] });
    expect(losses).toEqual([{ field: 'emails', kind: 'dropped', before: 'none', after: '' }]);
  });

  it('go into a text field, which is cleared when the value is good again', () => {
    const mapping = rule('{ text: emailsText }');
    expect(recordOf(mapping, 'contact', { A: 'none' })).toMatchObject({
      fields: { emailsText: 'none' },
      losses: [{ kind: 'retyped' }],
    });
    expect(recordOf(mapping, 'contact', { A: 'a@b.example' }).fields.emailsText).toBeNull();
    expect(mapping.desired.fields).toMatchObject([{ object: 'person', name: 'emailsText', type: 'TEXT' }]);
  });

  it('hold the record until a person says that they may be left', () => {
    const mapping = rule('hold');
    expect(draftOf(mapping, 'contact', { A: 'none' })).toMatchObject({
      kind: 'question',
      question: { id: 'value/emails', blocking: true },
    });
    expect(draftOf(mapping, 'contact', { A: 'none' }, { answers: { 'value/emails': 'leave' } }).kind).toBe('record');
  });

  it('a cell that does not fit its column’s format is refused, not guessed', () => {
    const mapping = mapped('formats: { D: { type: date, pattern: dd/MM/yyyy } }\nfields:\n  - { to: seen, from: D }');
    expect(draftOf(mapping, 'contact', { D: '12/31/2024' })).toMatchObject({
      kind: 'refused',
      code: 'MAPPING_BAD_DATE',
    });
    expect(recordOf(mapping, 'contact', { D: '31/12/2024' }).fields.seen).toBe('2024-12-31');
  });
});

describe('options', () => {
  const tier = (unknown: string) =>
    mapped(
      `fields:\n  - { to: tier, from: T, transform: [{ select: { unknown: ${unknown} } }], create: { type: SELECT, options: [Gold] } }`,
    );

  it('a value that is none of them holds, is left and listed, or refuses: never guessed', () => {
    const held = draftOf(tier('hold'), 'contact', { T: 'Golden' });
    expect(held).toMatchObject({
      kind: 'question',
      question: { id: 'option/tier/Golden', queue: 'schema', choices: ['leave', 'wait'] },
    });
    expect(
      recordOf(tier('hold'), 'contact', { T: 'Golden' }, { answers: { 'option/tier/Golden': 'leave' } }).fields.tier,
    ).toBeNull();
    expect(recordOf(tier('leave'), 'contact', { T: 'Golden' })).toMatchObject({
      fields: { tier: null },
      losses: [{ field: 'tier', kind: 'dropped', before: 'Golden' }],
    });
    expect(draftOf(tier('refuse'), 'contact', { T: 'Golden' })).toMatchObject({
      kind: 'refused',
      code: 'MAPPING_OPTION_NOT_LISTED',
    });
  });

  it('SCO-4: a label that Twenty cannot take is shortened, and each record says so', () => {
    const long = `Negotiation, ${'x'.repeat(70)}`;
    const mapping = compiled(`version: 1
source: crm
pipelines: { stage: opportunity.stage, list: [{ name: Sales, stages: [{ name: "${long}" }, { name: "A, B" }] }] }
objects:
  deal:
    target: opportunity
    fields:
      - { to: stage, from: Stage, transform: [stage] }
`);
    const [first, second] = mapping.desired.options[0]?.options ?? [];
    expect(first?.label.length).toBeLessThanOrEqual(63);
    expect(first?.label).not.toContain(',');
    expect(recordOf(mapping, 'deal', { Stage: long })).toMatchObject({
      fields: { stage: first?.value },
      losses: [{ field: 'stage', kind: 'truncated', before: long }],
    });
    expect(recordOf(mapping, 'deal', { Stage: 'A, B' })).toMatchObject({
      fields: { stage: second?.value },
      losses: [{ kind: 'renamed', before: 'A, B', after: 'A B' }],
    });
  });

  it('ALL-8: equal stage names of two pipelines stay apart, or are merged where the mapping says so', () => {
    const text = (equalNames: string): string => `version: 1
source: crm
pipelines:
  stage: opportunity.stage
  pipeline: opportunity.pipeline
  equalNames: ${equalNames}
  list:
    - { name: Sales, stages: [{ name: New }, { name: Won, probability: 100 }] }
    - { name: Service, stages: [{ name: Won, probability: 90 }] }
objects:
  deal:
    target: opportunity
    fields:
      - { to: stage, from: [Pipeline, Stage], transform: [stage] }
      - { to: pipeline, from: Pipeline, transform: [pipeline] }
      - { to: probability, from: [Pipeline, Stage], transform: [probability], create: shared }
`;
    const apart = compiled(text('apart'));
    expect(recordOf(apart, 'deal', { Pipeline: 'Service', Stage: 'Won' }).fields).toEqual({
      stage: 'SERVICE_WON',
      pipeline: 'SERVICE',
      probability: 90,
    });
    expect(draftOf(apart, 'deal', { Pipeline: '', Stage: 'Won' })).toMatchObject({ kind: 'question' });
    const merged = compiled(text('merge'));
    expect(merged.desired.options[0]?.options.map((option) => option.value)).toEqual(['NEW', 'WON']);
    expect(recordOf(merged, 'deal', { Pipeline: 'Service', Stage: 'Won' }).fields).toEqual({
      stage: 'WON',
      pipeline: 'SERVICE',
      probability: 90,
    });
  });

  it('a label of a constant or default is written as its value', () => {
    const mapping = mapped(
      'fields:\n  - { to: tier, from: T, transform: [select], default: Very Good, create: { type: SELECT, options: [Very Good] } }',
    );
    expect(recordOf(mapping, 'contact', { T: '' }).fields.tier).toBe('VERY_GOOD');
  });
});

describe('ALL-12 exclusion and quality', () => {
  const quality = (more = '') =>
    mapped(
      `fields: []\nexclude: [{ rule: test, when: { column: E, matches: "(?i)@TEST" } }]\nquality: [{ rule: name, field: N, require: { column: N, filled: true }, threshold: 0.9${more} }]`,
    );

  it('an excluded record names its rule', () => {
    expect(draftOf(quality(), 'contact', { E: 'a@test.example', N: 'x' })).toEqual({ kind: 'excluded', rule: 'test' });
  });

  it('a record that fails is asked about before it goes: load, fix or exclude', () => {
    const mapping = quality();
    expect(mapping.objects.get('contact')?.quality.thresholds).toEqual([{ rule: 'name', field: 'N', share: 0.9 }]);
    const answered = (answer: string) =>
      draftOf(mapping, 'contact', { N: '' }, { answers: { 'quality/name': answer } });
    expect(draftOf(mapping, 'contact', { N: '' })).toMatchObject({
      kind: 'question',
      question: { id: 'quality/name', queue: 'quality', choices: ['load', 'fix', 'exclude'], blocking: true },
    });
    expect(answered('load').kind).toBe('record');
    expect(answered('fix').kind).toBe('question');
    expect(answered('exclude')).toEqual({ kind: 'excluded', rule: 'quality/name' });
    expect(draftOf(mapping, 'contact', { N: 'x' }).kind).toBe('record');
  });

  it('may be answered for all by rule', () => {
    expect(draftOf(quality(', onFail: exclude'), 'contact', { N: '' })).toEqual({
      kind: 'excluded',
      rule: 'quality/name',
    });
    expect(draftOf(quality(', onFail: load'), 'contact', { N: '' }).kind).toBe('record');
  });
});

describe('LIFE-2 the hash', () => {
  const hash = (text: string): string => compileMapping(readMapping(text, 'm')).hash;
  const text = contactMapping('fields:\n  - { to: jobTitle, from: Title, transform: [trim] }');

  it('does not change with comments, the order of keys, or the way it is written', () => {
    const other = contactMapping(
      '# what a contact becomes\nfields:\n  - transform: ["trim"]\n    from: "Title"\n    to: jobTitle',
    );
    expect(hash(other)).toBe(hash(text));
  });

  it('changes with anything that could change a record, the order of rules included', () => {
    const two = (a: string, b: string): string =>
      contactMapping(`fields:\n  - { to: x, from: ${a} }\n  - { to: x, from: ${b} }`);
    expect(hash(two('A', 'B'))).not.toBe(hash(two('B', 'A')));
    expect(hash(text.replace('trim', 'lower'))).not.toBe(hash(text));
    expect(hash(text.replace('GBP', 'EUR'))).not.toBe(hash(text));
  });
});

describe('what leaves for Twenty', () => {
  const plain = mapped('fields:\n  - { to: a, from: A }');

  it('holds no character that it cannot store, and says what was taken out', () => {
    expect(recordOf(plain, 'contact', { A: 'a\u0000b\ud800c' })).toMatchObject({
      fields: { a: 'abc' },
      losses: [{ field: 'a', kind: 'dropped' }],
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const { fields, losses } = recordOf(plain, 'contact', { A: text });
        const out = fields.a;
        if (typeof out !== 'string') return text.trim() === '';
        expect(out.isWellFormed()).toBe(true);
        expect([...out].every((character) => character >= ' ' || character === '\n' || character === '\t')).toBe(true);
        return losses.length > 0 || out === text.replace(/\r\n?/g, '\n');
      }),
    );
  });

  it('is cut at the limit, never inside a character, with a loss', () => {
    const mapping = compiled(
      contactMapping('fields:\n  - { to: a, from: A }').replace('currency: GBP', 'currency: GBP, maxText: 100'),
    );
    const { fields, losses } = recordOf(mapping, 'contact', { A: `${'x'.repeat(99)}😀y` });
    expect(fields.a).toBe('x'.repeat(99));
    expect(losses).toMatchObject([{ field: 'a', kind: 'truncated' }]);
  });

  it('keeps numbers exact, or says that they are not', () => {
    const mapping = mapped("formats: { N: { type: decimal, decimalMark: ',' } }\nfields:\n  - { to: n, from: N }");
    expect(recordOf(mapping, 'contact', { N: '1.234,50' })).toMatchObject({ fields: { n: 1234.5 }, losses: [] });
    expect(recordOf(mapping, 'contact', { N: '0,12345678901234567' })).toMatchObject({
      losses: [{ field: 'n', kind: 'rounded' }],
    });
  });

  it('reads what typed sources give: longs, booleans, dates, times and lists', () => {
    const mapping = mapped(
      'fields:\n  - { to: n, from: N, transform: [integer] }\n  - { to: b, from: B }\n  - { to: t, from: T, transform: [timestamp] }\n  - { to: l, from: L, transform: [concat] }',
    );
    expect(recordOf(mapping, 'contact', { N: 42n, B: true, T: 0, L: ['a', 'b'] }).fields).toEqual({
      n: 42,
      b: true,
      t: '1970-01-01T00:00:00.000Z',
      l: 'a b',
    });
  });
});

it('drafting is pure: the same record gives the same draft, whatever was drafted before', () => {
  const mapping = mapped(
    'formats: { D: { type: date, pattern: dd.MM.yyyy } }\nfields:\n  - { to: d, from: D, onInvalid: leave }\n  - { to: phones, from: P, transform: [phones], onInvalid: leave }\nskip: [{ column: X, reason: r, list: true }]',
  );
  fc.assert(
    fc.property(
      fc.record({ D: fc.string(), P: fc.string(), X: fc.string() }),
      fc.record({ D: fc.string(), P: fc.string(), X: fc.string() }),
      (a, b) => {
        const before = draftOf(mapping, 'contact', a);
        draftOf(mapping, 'contact', b);
        expect(draftOf(mapping, 'contact', a)).toEqual(before);
      },
    ),
  );
});
