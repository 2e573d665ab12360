import { z } from 'zod';
import { parts, readAll } from '../parts.ts';
import type { Value } from '../values.ts';
import { countrySetting, type Phone, readPhone } from './phone.ts';
import { define } from './transform.ts';

export const phones = define({
  name: 'phones',
  doc: 'All phone numbers of the cells (also several in one, with , ; or / between) as one PHONES value: the first is the primary one, repeated ones count once.',
  takes: ['text', 'any', 'list'],
  gives: 'phones',
  lossy: 'how the number was written',
  settings: z.strictObject({ country: countrySetting }),
  shorthand: 'country',
  whole: true,
  examples: [
    {
      from: ['020 7123 4567', '+90 532 123 45 67'],
      gives: {
        primaryPhoneNumber: '2071234567',
        primaryPhoneCountryCode: 'GB',
        primaryPhoneCallingCode: '+44',
        additionalPhones: [{ number: '5321234567', countryCode: 'TR', callingCode: '+90' }],
      },
    },
    {
      // A number of no region in particular keeps the country of its calling code, not that of the mapping.
      settings: { country: 'TR' },
      from: ['+44 161 496 0474'],
      gives: {
        primaryPhoneNumber: '1614960474',
        primaryPhoneCountryCode: 'GB',
        primaryPhoneCallingCode: '+44',
        additionalPhones: [],
      },
    },
    { from: '1', gives: { refused: 'MAPPING_BAD_PHONE' } },
  ],
  apply: (value, settings, context) =>
    readAll(parts(value, /[,;/\n|]+/), (part) => readPhone(part, settings.country ?? context.country), phonesOf),
});

function phonesOf(all: readonly Phone[]): Value {
  const [first, ...more] = [...new Map(all.map((one) => [one.international, one])).values()];
  if (first === undefined) return null;
  return {
    primaryPhoneNumber: first.number,
    primaryPhoneCountryCode: first.countryCode,
    primaryPhoneCallingCode: first.callingCode,
    additionalPhones: more.map(({ number, countryCode, callingCode }) => ({ number, countryCode, callingCode })),
  };
}
