import type { CollectionDefinition, Data } from '../store/model.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

export const DEAL_STAGES = ['New', 'Qualified', 'Proposal', 'Negotiation', 'Won', 'Lost'] as const;
const CHANCES: Readonly<Record<string, number>> = {
  New: 10,
  Qualified: 25,
  Proposal: 50,
  Negotiation: 75,
  Won: 100,
  Lost: 0,
};
export const PROJECT_STAGES = ['Planned', 'Running', 'On hold', 'Finished'] as const;
export const TICKET_STAGES = ['Open', 'Waiting', 'Solved'] as const;

/** The collections of the sample, with what the service computes for each record. */
export const SAMPLE_COLLECTIONS: readonly CollectionDefinition[] = [
  { slug: 'companies', name: 'Companies' },
  {
    slug: 'people',
    name: 'People',
    computed: { fullName: ({ firstName, lastName }: Data) => `${text(firstName)} ${text(lastName)}`.trim() },
  },
  { slug: 'teams', name: 'Teams' },
  {
    slug: 'deals',
    name: 'Deals',
    computed: { weighted: ({ amount, stage }: Data) => (number(amount) * (CHANCES[text(stage)] ?? 0)) / 100 },
  },
  { slug: 'projects', name: 'Projects' },
  { slug: 'tasks', name: 'Tasks' },
  { slug: 'interactions', name: 'Interactions' },
  { slug: 'documents', name: 'Documents' },
  { slug: 'sites', name: 'Sites' },
  { slug: 'assets', name: 'Assets' },
  { slug: 'contracts', name: 'Contracts' },
  { slug: 'tickets', name: 'Tickets' },
];

/** What nobody can read off the records, as an administrator would write it into the settings of the source. */
export const SAMPLE_FIELDS = {
  people: { fullName: { formula: 'firstName + " " + lastName' } },
  deals: {
    weighted: {
      formula:
        'amount * (stage == "Won" ? 100 : stage == "Negotiation" ? 75 : stage == "Proposal" ? 50 : stage == "Qualified" ? 25 : stage == "New" ? 10 : 0) / 100',
    },
  },
} as const;
