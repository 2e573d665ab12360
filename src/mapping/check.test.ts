import { describe, expect, it } from 'vitest';
import { recordKey } from '../core/identifiers.ts';
import type { ColumnFormat, ColumnProposal, SourceDescription } from '../source/connector.ts';
import type { Workspace } from '../twenty/model.ts';
import { checkMapping } from './check.ts';
import { compileMapping } from './compile.ts';
import type { Finding } from './finding.ts';
import { parseMapping, readMapping } from './parse.ts';
import { column, contactMapping, described, standardWorkspace, workspaceOf } from './testing.ts';

function findings(
  text: string,
  description: SourceDescription | null = null,
  workspace: Workspace | null = null,
): readonly Finding[] {
  const parsed = parseMapping(text, 'mapping.yaml');
  return parsed.ok ? checkMapping(parsed.source, description, workspace) : parsed.findings;
}

/** `CODE line:column message` */
function lines(found: readonly Finding[]): readonly string[] {
  return found.map((finding) => `${finding.code} ${finding.place.line}:${finding.place.column} ${finding.message}`);
}

const contacts = (...columns: ReturnType<typeof column>[]): SourceDescription => described({ contact: columns });

describe('a mapping file that is not one', () => {
  it('is refused with the place of the broken YAML', () => {
    expect(lines(findings('version: 1\nobjects: [\n'))[0]).toMatch(/^MAPPING_UNREADABLE 3:1 /);
  });

  it('is refused when a key stands twice', () => {
    expect(lines(findings('version: 1\nversion: 1\n'))[0]).toMatch(/^MAPPING_UNREADABLE 2:1 /);
  });

  it('is refused when aliases would blow it up', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n');
    expect(findings(bomb)[0]?.code).toBe('MAPPING_UNREADABLE');
  });

  it('names every unknown key, with what was meant', () => {
    const found = findings(contactMapping('fields:\n  - to: jobTitle\n    form: Title\npolices: {}'));
    expect(lines(found)).toEqual([
      'MAPPING_UNKNOWN_KEY 9:9 objects.contact.fields.0 has no key "form". Did you mean "from"?',
      'MAPPING_UNKNOWN_KEY 10:5 objects.contact has no key "polices". Did you mean "policies"?',
    ]);
  });

  it('finds the place through aliases', () => {
    const found = findings(
      contactMapping(
        'fields: &rules\n  - { to: jobTitle, from: Title, transform: [trimm] }\nchildren:\n  - { name: x, target: person, fields: *rules }',
      ),
    );
    expect(lines(found)).toEqual([
      'MAPPING_UNKNOWN_TRANSFORM 8:50 there is no transform "trimm". Did you mean "trim"?',
    ]);
  });
});

describe('bad input: a mapping with an unknown transform, option or field', () => {
  it('an unknown transform has its code and place', () => {
    const found = findings(
      contactMapping('fields:\n  - to: jobTitle\n    from: Title\n    transform: [trim, { turncate: 5 }]'),
    );
    expect(lines(found)).toEqual([
      'MAPPING_UNKNOWN_TRANSFORM 10:29 there is no transform "turncate". Did you mean "truncate"?',
    ]);
  });

  it('settings that a transform does not take have their code', () => {
    const found = findings(
      contactMapping('fields:\n  - { to: jobTitle, from: Title, transform: [{ truncate: 0 }, { date: d.M }] }'),
    );
    expect(found.map((finding) => finding.code)).toEqual(
      ['MAPPING_TRANSFORM_SETTINGS', 'MAPPING_TRANSFORM_SETTINGS', 'MAPPING_TYPE_MISMATCH'].slice(0, 2),
    );
  });

  it('an unknown Twenty field has its code, and the field that was meant', () => {
    const found = findings(contactMapping('fields:\n  - { to: jobTitel, from: Title }'), null, standardWorkspace());
    expect(lines(found)).toEqual([
      'MAPPING_UNKNOWN_FIELD 8:11 person has no field "jobTitel", and the mapping does not create it. Did you mean "jobTitle"?',
    ]);
  });

  it('an unknown part of a composite field has its code', () => {
    expect(lines(findings(contactMapping('fields:\n  - { to: name.fristName, from: Title }')))).toEqual([
      'MAPPING_UNKNOWN_FIELD 8:11 "name.fristName" names no field or part of a field. Did you mean "firstName"?',
    ]);
  });

  it('an unknown option has its code, in constants, defaults, maps and tables', () => {
    const rule = (more: string): readonly string[] =>
      findings(
        contactMapping(
          `fields:\n  - { to: tier, ${more}, create: { type: SELECT, label: Tier, options: [Gold, Silver] } }`,
        ),
      ).map((finding) => finding.code);
    expect(rule('value: Gould')).toEqual(['MAPPING_UNKNOWN_OPTION']);
    expect(rule('from: Tier, transform: [select], default: Bronze')).toEqual(['MAPPING_UNKNOWN_OPTION']);
    expect(rule('from: Tier, transform: [{ select: { map: { G: Gould } } }]')).toEqual(['MAPPING_UNKNOWN_OPTION']);
    expect(rule('from: Tier, transform: [select]')).toEqual([]);
  });

  it('an option that the workspace does not have has its code', () => {
    const text =
      'version: 1\nsource: crm\nobjects:\n  call:\n    target: task\n    fields:\n      - { to: status, value: OPEN }\n';
    expect(lines(findings(text, null, standardWorkspace()))).toEqual([
      'MAPPING_UNKNOWN_OPTION 7:11 task.status has no option "OPEN".',
    ]);
  });

  it('a select whose options nobody knows would hold every record: it is refused', () => {
    expect(
      findings(contactMapping('fields:\n  - { to: tier, from: Tier, transform: [select] }')).map(
        (finding) => finding.code,
      ),
    ).toEqual(['MAPPING_UNKNOWN_OPTION']);
  });
});

describe('a mapping that does not hang together', () => {
  const codes = (body: string, top = ''): readonly string[] =>
    findings(contactMapping(body, top)).map((finding) => finding.code);

  it('names choices, tables, lists, questions and children that do not exist', () => {
    expect(codes('fields:\n  - { to: jobTitle, from: T, when: { choice: { x: y } } }')).toEqual([
      'MAPPING_UNKNOWN_NAME',
    ]);
    expect(
      codes(
        'fields:\n  - { to: jobTitle, from: T, when: { choice: { x: z } } }',
        'choices: { x: { value: y, options: [y] } }\n',
      ),
    ).toEqual(['MAPPING_UNKNOWN_NAME']);
    expect(codes('fields:\n  - { to: jobTitle, from: T, transform: [{ lookup: x }] }')).toEqual([
      'MAPPING_UNKNOWN_NAME',
    ]);
    expect(codes('fields:\n  - { to: jobTitle, from: T, when: { column: T, in: x } }')).toEqual([
      'MAPPING_UNKNOWN_NAME',
    ]);
    expect(codes('fields:\n  - { to: jobTitle, from: T, when: { answer: { x: y } } }')).toEqual([
      'MAPPING_UNKNOWN_NAME',
    ]);
    expect(
      codes('fields: []\nlinks:\n  - { name: n, attempts: [{ to: noteId, child: x }], otherwise: leave }'),
    ).toEqual(['MAPPING_UNKNOWN_NAME']);
    expect(codes('fields:\n  - { to: stage, from: S, transform: [stage] }')).toEqual(['MAPPING_UNKNOWN_NAME']);
  });

  it('names links to objects that are not mapped, and indexes and links that those do not have', () => {
    expect(
      codes(
        'fields: []\nlinks:\n  - { name: c, attempts: [{ to: companyId, object: company, id: C }], otherwise: leave }',
      ),
    ).toEqual(['MAPPING_LINK_UNMAPPED']);
    expect(
      codes(
        'fields: []\nlinks:\n  - { name: c, attempts: [{ to: personId, object: contact, index: name, value: C }], otherwise: leave }',
      ),
    ).toEqual(['MAPPING_UNKNOWN_NAME']);
    expect(
      codes(
        'fields: []\nlinks:\n  - { name: c, attempts: [{ to: personId, object: contact, id: C, link: d }], otherwise: leave }',
      ),
    ).toEqual(['MAPPING_UNKNOWN_NAME']);
  });

  it('allows cycles, and says what a link to a later tier costs', () => {
    const text = `${contactMapping('fields: []\nlinks:\n  - { name: company, attempts: [{ to: companyId, object: company, id: C }], otherwise: leave }')}  company:
    target: company
    fields: []
    links:
      - { name: main, attempts: [{ to: mainId, object: contact, id: M }], otherwise: leave }
`;
    expect(findings(text).map((finding) => [finding.severity, finding.code])).toEqual([
      ['warning', 'MAPPING_TIER_ORDER'],
    ]);
  });

  it('refuses two types for one field, a shared name with another type, and reserved names', () => {
    const two =
      'fields:\n  - { to: x, from: A, create: { type: TEXT } }\n  - { to: x, from: B, create: { type: NUMBER } }';
    expect(codes(two)).toContain('MAPPING_CONFLICT');
    expect(codes('fields:\n  - { to: leadSource, from: A, create: { type: NUMBER } }')).toContain('MAPPING_CONFLICT');
    expect(codes('fields:\n  - { to: currency, from: A, create: { type: TEXT } }')).toEqual(['MAPPING_INVALID']);
  });

  it.each(['sourceKey', 'sourceDeletedAt'])(
    'refuses %s, which the sync keeps itself, once and with its place',
    (name) => {
      const made = contactMapping(
        `fields:\n  - { to: jobTitle, from: A }\n  - { to: ${name}, from: A, create: { type: TEXT } }`,
      );
      const there = contactMapping(`fields:\n  - { to: ${name}, from: A }`);
      const wanted = `"${name}" is a field that Changeover writes itself`;
      expect(lines(findings(made))).toEqual([expect.stringMatching(`^MAPPING_INVALID 9:\\d+ ${wanted}`)]);
      expect(lines(findings(there))).toEqual([expect.stringMatching(`^MAPPING_INVALID 8:\\d+ ${wanted}`)]);
    },
  );

  it('refuses a chain of transforms that cannot work', () => {
    expect(
      lines(
        findings(
          contactMapping(
            'formats: { B: { type: boolean, yes: [y], no: [n] } }\nfields:\n  - { to: x, from: B, transform: [date] }',
          ),
        ),
      )[0],
    ).toMatch(/^MAPPING_TRANSFORM_TYPE 9:39 date cannot take boolean/);
  });

  it('refuses a value from nowhere and from two places, and a condition that says nothing', () => {
    expect(codes('fields:\n  - { to: jobTitle }')).toEqual(['MAPPING_INVALID']);
    expect(codes('fields:\n  - { to: jobTitle, from: A, value: b }')).toEqual(['MAPPING_INVALID']);
    expect(codes('fields:\n  - { to: jobTitle, from: A, when: { column: B } }')).toEqual(['MAPPING_INVALID']);
    expect(codes('fields:\n  - { to: jobTitle, from: A, when: { column: B, matches: "(" } }')).toEqual([
      'MAPPING_INVALID',
    ]);
  });

  it('warns of option labels that Twenty cannot take as they are', () => {
    expect(
      findings(
        contactMapping('fields:\n  - { to: tier, value: "A, B", create: { type: SELECT, options: ["A, B"] } }'),
      ).map((finding) => [finding.severity, finding.code]),
    ).toEqual([['warning', 'MAPPING_LOSSY']]);
  });
});

describe('ALL-7: the mapping against the source', () => {
  const body = 'fields:\n  - { to: jobTitle, from: Title }\nskip: [{ column: Old, reason: nobody reads it }]';

  it('is silent when every column is mapped or skipped by a person', () => {
    expect(findings(contactMapping(body), contacts(column('Title'), column('Old')))).toEqual([]);
  });

  it('fails on a column that is neither', () => {
    const found = findings(
      contactMapping(body),
      contacts(column('Title'), column('Old'), column('New', { profile: { rows: 9, filled: 3, longest: 4 } })),
    );
    expect(lines(found)).toEqual([
      'MAPPING_UNMAPPED 5:3 contact: the column "New" is neither mapped nor skipped (3 of 9 rows have a value)',
    ]);
  });

  it('fails on a column that the proposal left to a person', () => {
    const found = findings(
      contactMapping(`${body}\nundecided: [{ column: New, recommendation: skip, reason: empty }]`),
      contacts(column('Title'), column('Old'), column('New')),
    );
    expect(found.map((finding) => finding.code)).toEqual(['MAPPING_UNDECIDED']);
  });

  it('fails on columns and objects that the source does not have', () => {
    const found = findings(contactMapping(body), contacts(column('Titel'), column('Old')));
    expect(lines(found)).toEqual([
      'MAPPING_UNMAPPED 5:3 contact: the column "Titel" is neither mapped nor skipped',
      'MAPPING_UNKNOWN_COLUMN 8:25 contact has no column "Title". Did you mean "Titel"?',
    ]);
    expect(findings(contactMapping(body), described({ contacts: [] })).map((finding) => finding.code)).toEqual([
      'MAPPING_UNMAPPED',
      'MAPPING_UNKNOWN_OBJECT',
    ]);
  });

  const dates = 'fields:\n  - { to: birthday, from: Born, transform: [date], create: shared }';
  const ambiguous = {
    decided: false,
    candidates: [
      { type: 'date', pattern: 'dd/MM/yyyy' },
      { type: 'date', pattern: 'MM/dd/yyyy' },
    ],
    reason: 'no day is over 12',
  } as const;

  it('refuses an ambiguous date until the mapping says which', () => {
    const description = contacts(column('Born', { proposal: ambiguous }));
    expect(lines(findings(contactMapping(dates), description))).toEqual([
      'MAPPING_AMBIGUOUS_FORMAT 8:11 contact.Born can be read as dates as dd/MM/yyyy or dates as MM/dd/yyyy: no day is over 12',
    ]);
    expect(
      findings(contactMapping(`formats: { Born: { type: date, pattern: dd/MM/yyyy } }\n${dates}`), description),
    ).toEqual([]);
  });

  it('refuses a decimal mark that would make other numbers of the values, and lets others through as they are', () => {
    const decimal = (decimalMark: '.' | ',') =>
      ({ decided: true, format: { type: 'decimal', decimalMark }, reason: 'two digits behind it' }) as const;
    const worth = (mark: string) =>
      contactMapping(
        `formats: { Worth: { type: decimal, decimalMark: "${mark}" } }\nfields:\n  - { to: jobTitle, from: Worth }`,
      );
    const found = (mark: string) =>
      findings(worth(mark), contacts(column('Worth', { proposal: decimal('.') })))
        .filter(({ code }) => code === 'MAPPING_TYPE_MISMATCH')
        .map(({ severity }) => severity);
    expect([found(','), found('.')]).toEqual([['error'], []]);
  });

  it('refuses a date pattern that would take days for months, and lets one through that fits no value', () => {
    const proposal = {
      decided: true,
      format: { type: 'date', pattern: 'dd/MM/yyyy' },
      reason: 'a day over 12',
    } as const;
    const severity = (pattern: string) =>
      findings(
        contactMapping(`formats: { Born: { type: date, pattern: ${pattern} } }\n${dates}`),
        contacts(column('Born', { proposal })),
      ).map((finding) => finding.severity);
    expect([severity('MM/dd/yyyy'), severity('yyyy-MM-dd'), severity('d/M/yyyy')]).toEqual([
      ['error'],
      ['warning'],
      [],
    ]);
  });

  describe('of columns that come as programs write them', () => {
    const plain = { contact: { Worth: 'number', Born: 'day' } } as const;
    const formats =
      'formats: { Worth: { type: decimal, decimalMark: "," }, Born: { type: date, pattern: dd.MM.yyyy } }';
    const text = contactMapping(`${formats}\nfields:\n  - { to: jobTitle, from: Worth }\n  - { to: city, from: Born }`);
    const source = readMapping(text, 'mapping.yaml', plain);
    const decimal = (decimalMark: '.' | ',') => ({ type: 'decimal', decimalMark }) as const;
    const day = (pattern: string) => ({ type: 'date', pattern }) as const;
    const found = (worth: ColumnProposal, born: ColumnProposal) =>
      checkMapping(source, contacts(column('Worth', { proposal: worth }), column('Born', { proposal: born })), null)
        .filter(({ code }) => code === 'MAPPING_TYPE_MISMATCH')
        .map(({ message }) => message.split(' is read')[0]);
    const sure = (format: ColumnFormat): ColumnProposal => ({ decided: true, format, reason: 'all are' });
    const open = (...candidates: readonly ColumnFormat[]): ColumnProposal => ({
      decided: false,
      candidates,
      reason: 'no value decides',
    });

    it('does not use the formats, which are for exported cells', () => {
      expect(found(sure(decimal('.')), sure(day('yyyy-MM-dd')))).toEqual([]);
      expect(found(sure({ type: 'integer' }), sure(day("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")))).toEqual([]);
      expect(found(sure({ type: 'text' }), sure({ type: 'text' }))).toEqual([]);
      const view = { id: '1', key: recordKey('crm', 'contact', '1'), after: { Worth: '12.345', Born: '2024-01-02' } };
      const draft = compileMapping(source)
        .objects.get('contact')
        ?.draft({ ...view, sourceTime: null, sourceCreated: null });
      expect(draft).toMatchObject({ record: { fields: { jobTitle: '12.345', city: '2024-01-02' } } });
    });

    it('refuses what is written otherwise, or may be', () => {
      expect(found(sure(decimal(',')), sure(day('dd.MM.yyyy')))).toEqual(['contact.Worth', 'contact.Born']);
      expect(found(open(decimal('.'), decimal(',')), open(day('dd/MM/yyyy'), day('MM/dd/yyyy')))).toEqual([
        'contact.Worth',
        'contact.Born',
      ]);
      expect(
        found(open({ type: 'boolean', yes: ['1'], no: ['0'] }, { type: 'integer' }), sure(day('yyyy-MM-dd'))),
      ).toEqual([]);
    });

    it('is another mapping than the same text for exports: it must be confirmed anew', () => {
      expect(compileMapping(source).hash).not.toBe(compileMapping(readMapping(text, 'mapping.yaml')).hash);
    });
  });

  it('refuses a decided format that the mapping does not name, where a transform would read it otherwise', () => {
    const proposal = {
      decided: true,
      format: { type: 'date', pattern: 'dd.MM.yyyy' },
      reason: 'a day over 12',
    } as const;
    expect(
      findings(contactMapping(dates), contacts(column('Born', { proposal }))).map((finding) => finding.code),
    ).toEqual(['MAPPING_AMBIGUOUS_FORMAT']);
    const other = contactMapping(`formats: { Born: { type: date, pattern: MM/dd/yyyy } }\n${dates}`);
    expect(
      findings(other, contacts(column('Born', { proposal }))).map((finding) => [finding.severity, finding.code]),
    ).toEqual([['warning', 'MAPPING_TYPE_MISMATCH']]);
  });

  it('warns of seen values that mean no option, with the number of records', () => {
    const text = contactMapping(
      'fields:\n  - { to: tier, from: Tier, transform: [select], create: { type: SELECT, options: [Gold] } }',
    );
    const found = findings(
      text,
      contacts(
        column('Tier', {
          values: [
            { value: 'Gold', count: 5 },
            { value: 'Iron', count: 2 },
          ],
        }),
      ),
    );
    expect(lines(found)).toEqual([
      'MAPPING_UNKNOWN_OPTION 8:11 contact.Tier: "Iron" mean no option of person.tier (2 records)',
    ]);
    expect(found[0]?.severity).toBe('warning');
  });

  it('fails on a pipeline of the source with stages that are not listed', () => {
    const text = contactMapping(
      'fields: []',
      'pipelines: { stage: opportunity.stage, list: [{ name: Sales, stages: [{ name: Won }] }] }\n',
    );
    const stage = (name: string) => ({ name, order: 1, probability: null, outcome: null });
    const description = described(
      { contact: [] },
      { pipelines: [{ name: 'Sales', stages: [stage('Won'), stage('Lost')] }] },
    );
    expect(lines(findings(text, description))).toEqual([
      'MAPPING_UNKNOWN_OPTION 4:40 the pipeline "Sales" has stages that the mapping does not list: "Lost"',
    ]);
    // Contacts become people here, so whatever stages they go through are none of a deal.
    const elsewhere = { name: 'Care', object: 'contact', stages: [stage('Open')] };
    expect(findings(text, described({ contact: [] }, { pipelines: [elsewhere] }))).toEqual([]);
  });
});

describe('the mapping against the workspace', () => {
  const person = (fields: Parameters<typeof workspaceOf>[0][string]): Workspace => workspaceOf({ person: fields });
  const codes = (body: string, workspace: Workspace): readonly string[] =>
    findings(contactMapping(body), null, workspace).map((finding) => finding.code);

  it('names objects that are not there, once', () => {
    expect(codes('fields:\n  - { to: a, value: x }\n  - { to: b, value: x }', workspaceOf({}))).toEqual([
      'MAPPING_UNKNOWN_OBJECT',
    ]);
  });

  it('names types that do not fit, with the transform that would', () => {
    const formats = 'formats: { D: { type: date, pattern: dd.MM.yyyy } }\n';
    const [found] = findings(
      contactMapping(`${formats}fields:\n  - { to: seen, from: D }`),
      null,
      person({ seen: 'DATE_TIME' }),
    );
    expect(found).toMatchObject({
      code: 'MAPPING_TYPE_MISMATCH',
      message: 'person.seen is DATE_TIME, but the transforms give date',
      hint: 'Put the transform `timestamp` last.',
    });
    expect(
      codes(
        'fields:\n  - { to: tier, from: T, transform: [trim] }',
        person({ tier: { type: 'SELECT', options: ['A'] } }),
      ),
    ).toEqual(['MAPPING_TYPE_MISMATCH']);
    expect(codes('fields:\n  - { to: emails.firstName, from: T }', person({ emails: 'EMAILS' }))).toEqual([
      'MAPPING_TYPE_MISMATCH',
    ]);
    expect(codes('fields:\n  - { to: vip, value: "yes" }', person({ vip: 'BOOLEAN' }))).toEqual([
      'MAPPING_TYPE_MISMATCH',
    ]);
    expect(codes('fields:\n  - { to: x, value: y, create: { type: TEXT } }', person({ x: 'NUMBER' }))).toContain(
      'MAPPING_TYPE_MISMATCH',
    );
  });

  it('names a required field that could be left empty', () => {
    const workspace = person({ code: { type: 'TEXT', required: true } });
    expect(codes('fields:\n  - { to: code, from: C }', workspace)).toEqual(['MAPPING_REQUIRED_FIELD']);
    expect(codes('fields:\n  - { to: code, from: C, default: none }', workspace)).toEqual([]);
  });

  it('names relation columns that are not there or point elsewhere', () => {
    const workspace = person({ company: { type: 'RELATION', relation: { company: 'companyId' } } });
    const link = (to: string): string =>
      `fields: []\nlinks:\n  - { name: c, attempts: [{ to: ${to}, object: contact, id: C }], otherwise: leave }`;
    expect(codes(link('companId'), workspace)).toEqual(['MAPPING_UNKNOWN_FIELD']);
    expect(codes(link('companyId'), workspace)).toEqual(['MAPPING_TYPE_MISMATCH']);
    expect(codes('fields: []\nowners: [{ to: ownerId, from: O }]', workspace)).toEqual(['MAPPING_UNKNOWN_FIELD']);
    expect(codes('fields: []\nowners: [{ to: ownerId, from: O, create: shared }]', workspace)).toEqual([]);
  });
});
