import type { ChangeEvent } from '../../../src/events/event.ts';
import type { ObjectPolicies } from '../../../src/mapping/model.ts';
import type { DesiredField } from '../../../src/twenty/desired.ts';
import type { SinkWorld, TestObject } from '../sink-world.ts';
import { linkTo } from './links.ts';
import { oneEmail, personName, text } from './values.ts';

/** Small objects of a source, for tests that need some and are about something else. */

/** A company with a name. */
export const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

/** A person with a name and an e-mail, which is unique in the workspace. */
export const contactWithEmail = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  draft: ({ after }) => ({ fields: { name: personName(after.name), emails: oneEmail(after.email) } }),
});

/** A person with a name and, once that one is there, a company. */
export const contactOfCompany: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({
    fields: { name: personName(after.name) },
    links: [linkTo('company', 'companyId', after.company, { kind: 'leave' })],
  }),
};

/** Companies 0, 1, 2 … of the source, `Company 0` and so on. */
export const companies = (world: SinkWorld, count: number): ChangeEvent[] =>
  Array.from({ length: count }, (_, index) => world.event('company', String(index), { name: `Company ${index}` }));

/** `parentCompanyId` of companies, which a workspace does not have by itself. */
export const parentCompany: DesiredField = {
  object: 'company',
  name: 'parentCompany',
  label: 'Parent company',
  type: 'RELATION',
  relation: { target: 'company', reverseLabel: 'Subsidiaries' },
  because: 'test',
};

/** A code that no two rows of the object have. */
export const uniqueCode = (object: string): DesiredField => ({
  object,
  name: 'code',
  label: 'Code',
  type: 'TEXT',
  isUnique: true,
  because: 'test',
});
