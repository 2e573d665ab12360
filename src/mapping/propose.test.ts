import { describe, expect, it } from 'vitest';
import type { SourceDescription } from '../source/connector.ts';
import type { Workspace } from '../twenty/model.ts';
import { checkMapping } from './check.ts';
import { readMapping } from './parse.ts';
import { proposeMapping } from './propose.ts';
import { column, described, guideExample, standardWorkspace, workspaceOf1x } from './testing.ts';

const errors = (text: string, description: SourceDescription): readonly string[] =>
  checkMapping(readMapping(text, 'proposed'), description, standardWorkspace())
    .filter((finding) => finding.severity === 'error')
    .map((finding) => `${finding.code} ${finding.message}`);

const decided = (format: Parameters<typeof Object>[0]): { proposal: never } => ({
  proposal: { decided: true, format, reason: 'every value' } as never,
});
const picklist = {
  values: [
    { value: 'Gold', count: 5 },
    { value: 'Iron', count: 6 },
  ],
  profile: { rows: 12, filled: 11, longest: 4 },
};

const discovered = described(
  {
    company: [column('Company Name'), column('Website')],
    contact: [
      column('Contact ID'),
      column('First Name'),
      column('Last Name'),
      column('Email'),
      column('Phone'),
      column('Mobile'),
      column('Company Name', { refersTo: ['company'] }),
      column('Company ID', { refersTo: ['company'] }),
      column('Owner'),
      column('Doğum Günü', decided({ type: 'date', pattern: 'dd.MM.yyyy' })),
      column('Tier', { ...picklist, standard: false }),
      column('Weight', { ...decided({ type: 'decimal', decimalMark: ',' }), standard: false }),
      column('Seen', { proposal: { decided: false, candidates: [], reason: 'no day is over 12' } }),
      column('Void', { profile: { rows: 9, filled: 0, longest: 0 } }),
      column('Tags', { values: [{ value: 'VIP, Partner', count: 2 }], profile: { rows: 2, filled: 2, longest: 12 } }),
    ],
    deal: [
      column('Deal Name'),
      column('Value', decided({ type: 'decimal', decimalMark: '.' })),
      column('Currency'),
      column('Pipeline'),
      column('Stage'),
    ],
    call: [column('Subject'), column('Contact ID', { refersTo: ['contact'] })],
    project: [column('Title'), column('Budget', decided({ type: 'integer' }))],
  },
  {
    pipelines: [
      {
        name: 'Sales',
        stages: [
          { name: 'Won', order: 2, probability: 100, outcome: 'won' },
          { name: 'New', order: 1, probability: 10, outcome: 'open' },
          { name: 'Odd', order: null, probability: null, outcome: null },
        ],
      },
      { name: 'Service', stages: [] },
    ],
  },
);

describe('LIFE-2 a mapping proposed from nothing', () => {
  const proposal = proposeMapping(discovered, standardWorkspace());

  it('parses, and leaves to a person only what it says it leaves', () => {
    const messages = errors(proposal.text, discovered);
    expect(messages.map((message) => message.split(' ')[0])).toEqual(messages.map(() => 'MAPPING_UNDECIDED'));
    expect(messages.map((message) => /column "([^"]+)"/.exec(message)?.[1])).toEqual(['Contact ID', 'Seen', 'Void']);
  });

  it('has a confidence and a reason for every field', () => {
    for (const object of discovered.objects) {
      for (const field of object.fields) {
        const decisions = proposal.decisions.filter(
          (decision) => decision.object === object.name && decision.field === field.name,
        );
        expect(decisions.length, `${object.name}.${field.name}`).toBeGreaterThan(0);
        for (const decision of decisions) {
          expect(decision.confidence).toBeGreaterThan(0);
          expect(decision.confidence).toBeLessThan(1);
          expect(decision.reason).not.toBe('');
        }
      }
    }
  });

  it('knows usual columns, and makes custom fields of their types from the others (SCO-9)', () => {
    const { file } = readMapping(proposal.text, 'proposed');
    const contact = file.objects.contact;
    if (contact === undefined || !('fields' in contact)) throw new Error('contact is not mapped');
    const rule = (to: string) => contact.fields.find((one) => one.to === to);
    expect(rule('phones')).toMatchObject({ from: ['Phone', 'Mobile'], transform: ['phones'] });
    expect(rule('birthday')).toMatchObject({ from: 'Doğum Günü', transform: ['date'], create: 'shared' });
    expect(rule('tier')).toMatchObject({
      transform: ['select'],
      create: { type: 'SELECT', label: 'Tier', options: ['Gold', 'Iron'] },
    });
    expect(rule('weight')).toMatchObject({ transform: ['number'], create: { type: 'NUMBER' } });
    expect(rule('tags')).toMatchObject({
      transform: ['split', 'multi-select'],
      create: { options: ['Partner', 'VIP'] },
    });
    expect(contact.formats).toMatchObject({
      'Doğum Günü': { type: 'date', pattern: 'dd.MM.yyyy' },
      Weight: { type: 'decimal', decimalMark: ',' },
    });
    expect(contact.links?.[0]?.attempts).toMatchObject([
      { object: 'company', id: 'Company ID' },
      { object: 'company', index: 'name', value: 'Company Name' },
    ]);
    expect(contact.owners).toMatchObject([{ to: 'ownerId', from: 'Owner' }]);
    expect(file.objects.call).toMatchObject({ target: 'task', children: [{ target: 'taskTarget', parent: 'taskId' }] });
    expect(file.objects.deal).toMatchObject({ target: 'opportunity' });
    expect(file.provision?.objects?.project).toMatchObject({ label: 'project' });
  });

  it('SCO-4: takes the order of stages from the source, and is unsure where it does not say it', () => {
    const { file } = readMapping(proposal.text, 'proposed');
    expect(file.pipelines?.list[0]?.stages.map((stage) => stage.name)).toEqual(['New', 'Won', 'Odd']);
    expect(proposal.decisions.find((decision) => decision.field === 'Sales: Odd')?.confidence).toBe(0.2);
  });
});

describe('a mapping proposed for a workspace of another version', () => {
  const description = described({
    contact: [column('First Name'), column('Last Name'), column('Email')],
    note: [column('Subject'), column('Body'), column('Contact ID', { refersTo: ['contact'] })],
    call: [column('Subject'), column('Description'), column('Contact ID', { refersTo: ['contact'] })],
  });
  const rows = (workspace: Workspace | null, base: string | null = null) => {
    const { file } = readMapping(proposeMapping(description, workspace, base).text, 'proposed');
    return ['note', 'call'].map((name) => {
      const object = file.objects[name];
      if (object === undefined || !('fields' in object)) throw new Error(`${name} is not mapped`);
      const links = object.children?.flatMap((child) => child.links ?? []) ?? [];
      return links[0]?.attempts[0]?.to;
    });
  };

  it('names columns of links as that workspace does, whether it is proposed from nothing or from a base', () => {
    const older = ['personId', 'personId'];
    const newer = ['targetPersonId', 'targetPersonId'];
    expect(rows(null)).toEqual(newer);
    expect(rows(standardWorkspace())).toEqual(newer);
    expect(rows(workspaceOf1x())).toEqual(older);
    const base = proposeMapping(description, standardWorkspace()).text;
    expect(rows(workspaceOf1x(), base)).toEqual(older);
    expect(proposeMapping(description, workspaceOf1x(), base).decisions).toContainEqual({
      object: 'note',
      field: null,
      proposal: 'targetPersonId → personId',
      confidence: 1,
      reason: 'this workspace calls it so in noteTarget',
    });
  });
});

describe('a mapping proposed from a base', () => {
  const base = `# ours\n${guideExample()}`;
  const description = described({
    company: [column('Company Name'), column('Website'), column('Owner Email'), column('VAT', { standard: false })],
    contact: [
      column('First Name'),
      column('Last Name'),
      column('Email'),
      column('Tags', { values: [{ value: 'Gold, VIP', count: 3 }] }),
      column('Notes'),
    ],
  });
  const proposal = proposeMapping(description, standardWorkspace(), base);

  it('keeps what fits with its comments, takes out what the source lacks, and adds what it has more', () => {
    expect(errors(proposal.text, description)).toEqual([
      'MAPPING_UNKNOWN_COLUMN company has no column "Primary Contact".',
    ]);
    expect(proposal.text.startsWith('# ours\n')).toBe(true);
    const { file } = readMapping(proposal.text, 'proposed');
    expect(Object.keys(file.objects)).toEqual(['company', 'contact']);
    expect(file.objects.company).toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ to: 'vat', from: 'VAT' })]),
    });
    expect(file.objects.contact).toMatchObject({
      fields: expect.arrayContaining([
        expect.objectContaining({ to: 'emails', from: 'Email' }),
        expect.objectContaining({
          to: 'tags',
          create: { type: 'MULTI_SELECT', label: 'Tags', options: ['Newsletter', 'Prospect', 'Gold', 'VIP'] },
        }),
      ]),
    });
  });

  it('changes nothing when it is proposed again', () => {
    expect(proposeMapping(description, standardWorkspace(), proposal.text).text).toBe(proposal.text);
  });

  it('refuses a base that is not a mapping, with the place', () => {
    expect(() => proposeMapping(description, null, 'version: 2\nsource: x\nobjects: {}\n')).toThrowError(
      expect.objectContaining({ code: 'MAPPING_INVALID', place: { file: 'base mapping', line: 1, column: 1 } }),
    );
  });
});
