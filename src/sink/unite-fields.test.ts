import { describe, expect, it } from 'vitest';
import { uniteFields } from './merge.ts';

const emails = (primaryEmail: string, ...additionalEmails: string[]) => ({ primaryEmail, additionalEmails });
const phone = (number: string) => ({
  primaryPhoneNumber: number,
  primaryPhoneCountryCode: 'TR',
  primaryPhoneCallingCode: '+90',
});

describe('the values of all records of a merged row', () => {
  it('lists what the workspace has no room for, or keeps it in the text field that the mapping names', () => {
    const names = new Map([
      ['emails', null],
      ['phones', null],
      ['tags', null],
      ['title', null],
    ]);
    const united = uniteFields(
      [
        {
          emails: emails('a@x.example'),
          phones: { ...phone('5321'), additionalPhones: [] },
          tags: ['A'],
          title: 'one',
        },
        {
          emails: emails('b@x.example', 'c@x.example'),
          phones: { ...phone('5322'), additionalPhones: [] },
          tags: ['B', 'A'],
          title: 'two',
        },
      ],
      names,
      (field) => (field === 'emails' ? 2 : Number.POSITIVE_INFINITY),
    );
    expect(united.fields).toEqual({
      emails: emails('a@x.example', 'b@x.example'),
      phones: { ...phone('5321'), additionalPhones: [{ number: '5322', countryCode: 'TR', callingCode: '+90' }] },
      tags: ['A', 'B'],
    });
    expect(united.losses).toEqual([{ field: 'emails', kind: 'dropped', before: 'c@x.example', after: '' }]);
    const kept = uniteFields(
      [{ emails: emails('a@x.example') }, { emails: emails('b@x.example', 'A@x.example') }],
      new Map([['emails', 'emailsText']]),
      () => 1,
    );
    expect(kept).toEqual({ fields: { emails: emails('a@x.example'), emailsText: 'b@x.example' }, losses: [] });
  });
});
