import type { FieldSpec } from './file.ts';

/**
 * What sources have and Twenty has no standard field for, under one name for all sources of a workspace (ALL-6).
 * `address` is a reserved name in Twenty (twenty.md §5), hence `postalAddress`.
 */
const PERSON: Readonly<Record<string, FieldSpec>> = {
  owner: { type: 'RELATION', label: 'Owner', target: 'workspaceMember', reverse: 'Owned people' },
  ownerEmail: { type: 'TEXT', label: 'Owner e-mail' },
  postalAddress: { type: 'ADDRESS', label: 'Address' },
  personType: { type: 'SELECT', label: 'Person type', options: ['Lead', 'Contact', 'Customer'] },
  leadSource: { type: 'TEXT', label: 'Lead source' },
  leadStatus: { type: 'TEXT', label: 'Lead status' },
  leadScore: { type: 'NUMBER', label: 'Lead score' },
  lifecycleStage: { type: 'TEXT', label: 'Lifecycle stage' },
  birthday: { type: 'DATE', label: 'Birthday' },
  emailsText: { type: 'TEXT', label: 'E-mail as in the source' },
  phonesText: { type: 'TEXT', label: 'Phone as in the source' },
};

const COMPANY: Readonly<Record<string, FieldSpec>> = {
  ownerEmail: { type: 'TEXT', label: 'Owner e-mail' },
  industry: { type: 'TEXT', label: 'Industry' },
  employees: { type: 'NUMBER', label: 'Employees' },
  phones: { type: 'PHONES', label: 'Phones' },
  phonesText: { type: 'TEXT', label: 'Phone as in the source' },
  websiteText: { type: 'TEXT', label: 'Website as in the source' },
  lifecycleStage: { type: 'TEXT', label: 'Lifecycle stage' },
  parentCompany: { type: 'RELATION', label: 'Parent company', target: 'company', reverse: 'Subsidiaries' },
};

const OPPORTUNITY: Readonly<Record<string, FieldSpec>> = {
  ownerEmail: { type: 'TEXT', label: 'Owner e-mail' },
  pipeline: { type: 'SELECT', label: 'Pipeline' },
  probability: { type: 'NUMBER', label: 'Probability' },
  dealType: { type: 'TEXT', label: 'Type' },
};

const TASK: Readonly<Record<string, FieldSpec>> = {
  activityType: { type: 'SELECT', label: 'Type', options: ['Task', 'Call', 'Email', 'Meeting', 'Note'] },
  disposition: { type: 'TEXT', label: 'Disposition' },
  direction: { type: 'SELECT', label: 'Direction', options: ['Incoming', 'Outgoing'] },
  durationMinutes: { type: 'NUMBER', label: 'Duration in minutes' },
  startsAt: { type: 'DATE_TIME', label: 'Starts at' },
  endsAt: { type: 'DATE_TIME', label: 'Ends at' },
  location: { type: 'TEXT', label: 'Location' },
  attendees: { type: 'TEXT', label: 'Attendees' },
  assigneeEmail: { type: 'TEXT', label: 'Assignee e-mail' },
};

const NOTE: Readonly<Record<string, FieldSpec>> = {
  author: { type: 'RELATION', label: 'Author', target: 'workspaceMember', reverse: 'Written notes' },
  authorEmail: { type: 'TEXT', label: 'Author e-mail' },
};

/** On any object. */
const EVERYWHERE: Readonly<Record<string, FieldSpec>> = {
  tags: { type: 'MULTI_SELECT', label: 'Tags' },
  tagsText: { type: 'TEXT', label: 'Tags' },
  notesText: { type: 'TEXT', label: 'Notes' },
  isPlaceholder: {
    type: 'BOOLEAN',
    label: 'Placeholder',
    description: 'Made during the changeover, because another record needed it.',
  },
  needsReview: {
    type: 'BOOLEAN',
    label: 'Needs review',
    description: 'A question about this record waits for a person.',
  },
  reviewReason: { type: 'TEXT', label: 'Review reason' },
  originalRecordId: { type: 'TEXT', label: 'Original record id' },
  originalModifiedAt: { type: 'DATE_TIME', label: 'Modified in the source' },
  originalModifiedBy: { type: 'TEXT', label: 'Modified in the source by' },
  isArchived: { type: 'BOOLEAN', label: 'Archived in the source' },
};

export const SHARED_FIELDS: Readonly<Record<string, Readonly<Record<string, FieldSpec>>>> = {
  person: PERSON,
  company: COMPANY,
  opportunity: OPPORTUNITY,
  task: TASK,
  note: NOTE,
  '*': EVERYWHERE,
};

export function sharedField(object: string, field: string): FieldSpec | null {
  return SHARED_FIELDS[object]?.[field] ?? EVERYWHERE[field] ?? null;
}
