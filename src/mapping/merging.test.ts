import { describe, expect, it } from 'vitest';
import { compiled, contactMapping, recordOf } from './testing.ts';

describe('what a merged row keeps of its records', () => {
  it('is the first value unless the line says all, with a text field for the rest that is made and empty until needed', () => {
    const mapping = compiled(
      contactMapping(`fields:
  - { to: jobTitle, from: Title, merging: first }
  - { to: emails, from: Email, transform: [emails], merging: { rest: otherEmails } }
  - { to: phones, from: Phone, transform: [phones], merging: all }`),
    );
    expect(mapping.objects.get('contact')?.policies.unites).toEqual(
      new Map([
        ['emails', 'otherEmails'],
        ['phones', null],
      ]),
    );
    expect(mapping.desired.fields).toMatchObject([{ object: 'person', name: 'otherEmails', type: 'TEXT' }]);
    expect(recordOf(mapping, 'contact', { Email: 'a@example.com' }).fields).toMatchObject({ otherEmails: null });
  });
});
