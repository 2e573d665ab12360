import { TRAITS, type TwentyVersion } from '../../sandbox/twenty/index.ts';
import type { EditRule, EditRules, LinkRequest } from '../../src/mapping/model.ts';
import type { LogFields } from '../support/log-world.ts';
import { text } from '../support/sink/values.ts';
import { mappingOf, type TestObject } from '../support/sink-world.ts';

// The source that the histories tell of: few records, few values, so that they meet. Every policy has its object.

/** A name that the mapping refuses, and one that Twenty refuses in words that name nothing. */
export const NO_NAME = '?';
export const REFUSED_NAME = 'bad';

export const OBJECTS = ['company', 'contact', 'deal', 'note'] as const;
export type Kind = (typeof OBJECTS)[number];

/** The object in Twenty. */
export const TARGETS: Readonly<Record<Kind, string>> = {
  company: 'company',
  contact: 'person',
  deal: 'opportunity',
  note: 'note',
};

/** The texts that people change and the mapping writes, as Twenty names their fields, and whose word counts for each. */
export const EDITED: Readonly<Record<Kind, Readonly<Record<string, EditRule>>>> = {
  company: { name: 'source' },
  contact: { name: 'ask', jobTitle: 'keep' },
  deal: { name: 'ask' },
  note: { title: 'keep' },
};

const edits = (kind: Kind): { readonly edits: EditRules } => ({ edits: { otherwise: 'ask', fields: EDITED[kind] } });

export const FIELDS: LogFields & Readonly<Record<Kind, readonly string[]>> = {
  company: ['name', 'domain', 'parent'],
  contact: ['name', 'job', 'email', 'company'],
  deal: ['name', 'code', 'company'],
  note: ['title', 'contact'],
};

function link(
  name: string,
  column: string,
  object: Kind,
  id: unknown,
  otherwise: LinkRequest['otherwise'],
): LinkRequest {
  return { name, attempts: [{ column, label: name, by: 'id', object, id: text(id) }], otherwise };
}

const LEAVE = { kind: 'leave' } as const;

const company: TestObject = {
  target: 'company',
  tier: 'company',
  policies: { duplicate: 'without-value', softDeleted: 'leave', ...edits('company') },
  draft: ({ after }) =>
    after.name === NO_NAME
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : {
          fields: {
            name: text(after.name),
            domainName: { primaryLinkUrl: text(after.domain), primaryLinkLabel: '', secondaryLinks: [] },
          },
          links: [link('parent', 'parentCompanyId', 'company', after.parent, LEAVE)],
        },
};

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', softDeleted: 'restore', ...edits('contact') },
  draft: ({ after }) =>
    after.job === 'spam'
      ? { kind: 'excluded', rule: 'spam' }
      : {
          fields: {
            name: { firstName: text(after.name), lastName: '' },
            jobTitle: text(after.job),
            emails: { primaryEmail: text(after.email), additionalEmails: [] },
          },
          links: [link('company', 'companyId', 'company', after.company, LEAVE)],
        },
};

const deal: TestObject = {
  target: 'opportunity',
  tier: 'opportunity',
  policies: { duplicate: 'hold', softDeleted: 'hold', onDelete: 'destroy', ...edits('deal') },
  draft: ({ after }) => ({
    fields: { name: text(after.name), code: text(after.code) },
    links: [
      link(
        'company',
        'companyId',
        'company',
        after.company,
        text(after.company) === '' ? LEAVE : { kind: 'hold', reason: 'its company is not there' },
      ),
    ],
  }),
};

const note = (personColumn: string): TestObject => ({
  target: 'note',
  tier: 'activity',
  policies: edits('note'),
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [
      {
        name: 'target',
        target: 'noteTarget',
        fields: {},
        parentColumn: 'noteId',
        sharedKey: null,
        links: [link('contact', personColumn, 'contact', after.contact, { kind: 'skip' })],
      },
    ],
  }),
});

export function inventedMapping(version: TwentyVersion) {
  return mappingOf(
    { company, contact, deal, note: note(TRAITS[version].targets === 'columns' ? 'personId' : 'targetPersonId') },
    {
      desired: {
        synced: ['company', 'person', 'opportunity', 'note', 'noteTarget'],
        fields: [
          {
            object: 'company',
            name: 'parentCompany',
            label: 'Parent company',
            type: 'RELATION',
            relation: { target: 'company', reverseLabel: 'Subsidiaries' },
            because: 'test',
          },
          // Of people alone: the mapping never writes it.
          ...Object.values(TARGETS).map((object) => ({
            object,
            name: 'remark',
            label: 'Remark',
            type: 'TEXT' as const,
            because: 'test',
          })),
          { object: 'opportunity', name: 'code', label: 'Code', type: 'TEXT', isUnique: true, because: 'test' },
        ],
      },
    },
  );
}
