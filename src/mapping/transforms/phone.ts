import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import { z } from 'zod';
import { asText, BadValue, type Value } from '../values.ts';
import { define } from './transform.ts';

export interface Phone {
  readonly number: string;
  readonly countryCode: string;
  readonly callingCode: string;
  readonly international: string;
}

/** A phone number in Twenty's parts: the national number, the country and the calling code. */
export function readPhone(value: Value, country: string | null): Phone {
  const text = asText(value).trim();
  const region: CountryCode | undefined = country !== null && isSupportedCountry(country) ? country : undefined;
  const parsed = parsePhoneNumberFromString(
    text.replace(/^00(?=[1-9])/, '+').replace(/^tel:/i, ''),
    region === undefined ? {} : { defaultCountry: region },
  );
  if (parsed === undefined || !parsed.isPossible() || parsed.ext !== undefined) {
    throw new BadValue(
      'MAPPING_BAD_PHONE',
      `${JSON.stringify(text)} is not a phone number${country === null ? ' with a country code' : ''}`,
      value,
    );
  }
  return {
    number: parsed.nationalNumber,
    countryCode: countryOf(parsed, region),
    callingCode: `+${parsed.countryCallingCode}`,
    international: parsed.number,
  };
}

/** Several countries may share a calling code; the region is only right where it has this one. */
function countryOf(parsed: PhoneNumber, region: CountryCode | undefined): string {
  if (parsed.country !== undefined) return parsed.country;
  if (region !== undefined && getCountryCallingCode(region) === parsed.countryCallingCode) return region;
  return parsed.getPossibleCountries()[0] ?? '';
}

export const countrySetting = z
  .string()
  .refine((code) => isSupportedCountry(code), 'must be a country code such as GB')
  .optional();

export const phone = define({
  name: 'phone',
  doc: 'One phone number as text in international form; numbers without + are of `country`, else of the default country.',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: 'how the number was written',
  settings: z.strictObject({ country: countrySetting }),
  shorthand: 'country',
  examples: [
    { from: '020 7123 4567', gives: '+442071234567' },
    { settings: { country: 'TR' }, from: '0532 123 45 67', gives: '+905321234567' },
    { from: 'ask reception', gives: { refused: 'MAPPING_BAD_PHONE' } },
  ],
  apply: (value, settings, context) => readPhone(value, settings.country ?? context.country).international,
});
