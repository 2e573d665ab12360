import { describe, expect, it } from 'vitest';
import { checkMapping } from './check.ts';
import type { MergeRule } from './model.ts';
import { parseMapping } from './parse.ts';
import { compiled, contactMapping, recordOf } from './testing.ts';

describe('what a merged row keeps of its records', () => {
  it('is the first value unless the line says all, with a text field for the rest that is made and empty until needed', () => {
    const mapping = compiled(
      contactMapping(`fields:
  - { to: jobTitle, from: Title, merging: first }
  - { to: emails, from: Email, transform: [emails], merging: { rest: otherEmails } }
  - { to: phones, from: Phone, transform: [phones], merging: all }`),
    );
    expect(mapping.objects.get('contact')?.policies.merging).toEqual(
      new Map<string, MergeRule>([
        ['jobTitle', { kind: 'first' }],
        ['emails', { kind: 'all', rest: 'otherEmails' }],
        ['phones', { kind: 'all', rest: null }],
      ]),
    );
    expect(mapping.desired.fields).toMatchObject([{ object: 'person', name: 'otherEmails', type: 'TEXT' }]);
    expect(recordOf(mapping, 'contact', { Email: 'a@example.com' }).fields).toMatchObject({ otherEmails: null });
  });

  it('may be that of another record for any field, owner or link: the one changed last, or of the objects named first', () => {
    const mapping = compiled(
      contactMapping(`fields:
  - { to: jobTitle, from: Title, merging: newest }
  - { to: name.firstName, from: First, merging: { prefer: [contact, other-crm/lead] } }
  - { to: name.lastName, from: Last }
owners: [{ to: ownerId, from: Owner, merging: newest }]
links:
  - name: company
    merging: { prefer: [contact] }
    attempts: [{ to: companyId, object: contact, id: Company }]
    otherwise: leave`),
    );
    expect(mapping.objects.get('contact')?.policies.merging).toEqual(
      new Map<string, MergeRule>([
        ['jobTitle', { kind: 'newest' }],
        ['name', { kind: 'prefer', objects: ['contact', 'other-crm/lead'] }],
        ['ownerId', { kind: 'newest' }],
        ['companyId', { kind: 'prefer', objects: ['contact'] }],
      ]),
    );
  });

  it('is said once for a field, of objects that there are, and not in rows that a record brings along', () => {
    const text = contactMapping(`fields:
  - { to: name.firstName, from: First, merging: newest }
  - { to: name.lastName, from: Last, merging: first }
  - { to: jobTitle, from: Title, merging: { prefer: [contcat] } }
children:
  - name: note
    target: note
    fields: [{ to: title, from: Title, merging: newest }]`);
    const parsed = parseMapping(text, 'mapping.yaml');
    const findings = parsed.ok ? checkMapping(parsed.source, null, null) : parsed.findings;
    expect(findings.map(({ code }) => code)).toEqual(['MAPPING_CONFLICT', 'MAPPING_UNKNOWN_NAME', 'MAPPING_INVALID']);
  });
});
