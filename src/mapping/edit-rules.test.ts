import { describe, expect, it } from 'vitest';
import { checkMapping } from './check.ts';
import { parseMapping } from './parse.ts';
import { compiled, contactMapping } from './testing.ts';

const of = (body: string) => compiled(contactMapping(body)).objects.get('contact');

describe('whose value stands where a person edited a field', () => {
  it('is asked for every field unless the object or the field says otherwise', () => {
    expect(of('fields: [{ to: jobTitle, from: Title }]')?.policies.edits).toEqual({ otherwise: 'ask', fields: {} });
    const body = `policies: { edits: keep }
fields:
  - { to: jobTitle, from: Title, edits: source }
  - { to: name.firstName, from: First, edits: ask }
  - { to: name.lastName, from: Last, edits: ask }
  - { to: emails, from: Email, transform: [emails], onInvalid: { text: emailsText } }
owners: [{ to: ownerId, from: Owner, edits: source }]
links:
  - name: company
    edits: keep
    attempts: [{ to: companyId, object: contact, id: Company }]
    otherwise: leave`;
    expect(of(body)?.policies.edits).toEqual({
      otherwise: 'keep',
      fields: { jobTitle: 'source', name: 'ask', ownerId: 'source', companyId: 'keep' },
    });
    expect([...(of(body)?.columns ?? [])].sort()).toEqual([
      'companyId',
      'emails',
      'emailsText',
      'jobTitle',
      'name',
      'ownerId',
    ]);
  });

  it('is one rule for a field of several lines, and has no effect in rows that a record brings along', () => {
    const body = `fields:
  - { to: name.firstName, from: First, edits: ask }
  - { to: name.lastName, from: Last, edits: keep }
children:
  - { name: note, target: note, fields: [{ to: title, from: First, edits: keep }] }`;
    const parsed = parseMapping(contactMapping(body), 'mapping.yaml');
    expect(
      (parsed.ok ? checkMapping(parsed.source, null, null) : parsed.findings).map(({ code, message }) => [
        code,
        message,
      ]),
    ).toEqual([
      ['MAPPING_CONFLICT', 'edits of name follow "ask" in one line and "keep" in another'],
      ['MAPPING_INVALID', "edits of rows that a record brings along (note) follow the policy of the record's object"],
    ]);
  });
});
