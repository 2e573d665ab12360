import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  ParseError,
  type PhoneNumber,
  parsePhoneNumberWithError,
} from 'libphonenumber-js';
import type { TwentyValue } from './model.ts';

/** A number as Twenty stores it: national digits, `GB`, `+44`. Empty text where a part is not known. */
export interface Phone {
  readonly number: string;
  readonly countryCode: string;
  readonly callingCode: string;
}

export interface ParsedPhones {
  /** The value of a PHONES field, complete; null where no number was understood. */
  readonly value: TwentyValue;
  /** Parts that are no phone number. */
  readonly rejected: readonly string[];
  /** Extensions, which Twenty has no place for: "+44 20 7123 4567 ext. 12". */
  readonly lost: readonly string[];
  /** Stored, but not a number that can exist in its country. */
  readonly doubtful: readonly string[];
}

/** Those of countries: the server refuses others, such as +881 of satellites. */
const CALLING_CODES: ReadonlySet<string> = new Set(getCountries().map((each) => `+${getCountryCallingCode(each)}`));

/** Several numbers in one cell: separated by line ends, semicolons, bars, commas or "/" between blanks. */
const SEPARATORS = /[\n\r;|,]+|\s+\/\s+|\s+or\s+/i;

/**
 * Takes a cell apart into phone numbers as Twenty keeps them; the first is the primary one.
 * `defaultCountry` (ISO, two letters) is used for numbers without a calling code; null leaves those rejected.
 */
export function toPhones(text: string, defaultCountry: string | null): ParsedPhones {
  const phones: Phone[] = [];
  const rejected: string[] = [];
  const lost: string[] = [];
  const doubtful: string[] = [];
  for (const part of text.split(SEPARATORS).map((each) => each.trim())) {
    if (part === '') continue;
    const parsed = parse(part.replace(/^00(?=[1-9])/, '+'), country(defaultCountry));
    const phone = parsed === undefined ? undefined : toPhone(parsed);
    if (parsed === undefined || phone === undefined || !stable(phone)) {
      rejected.push(part);
      continue;
    }
    if (parsed.ext !== undefined) lost.push(part);
    if (!parsed.isPossible()) doubtful.push(part);
    if (!phones.some((known) => known.number === phone.number && known.callingCode === phone.callingCode))
      phones.push(phone);
  }
  const [primary, ...additional] = phones;
  return {
    value:
      primary === undefined
        ? null
        : {
            primaryPhoneNumber: primary.number,
            primaryPhoneCountryCode: primary.countryCode,
            primaryPhoneCallingCode: primary.callingCode,
            additionalPhones: additional.map((phone) => ({ ...phone })),
          },
    rejected,
    lost,
    doubtful,
  };
}

/** The parts as the server fills them in: the calling code from the country, the country from the number. */
export function normalisePhone(phone: Phone): Phone {
  if (phone.number === '') return { number: '', countryCode: '', callingCode: '' };
  const parsed = parse(phone.number, country(phone.countryCode), phone.callingCode);
  if (parsed === undefined) return phone;
  const full = toPhone(parsed);
  return {
    number: full.number,
    countryCode: phone.countryCode === '' ? full.countryCode : phone.countryCode,
    callingCode: phone.callingCode === '' ? full.callingCode : phone.callingCode,
  };
}

/**
 * Why the server would refuse this number, which fails the whole call, or keep another each time; null where it would do
 * neither.
 */
export function phoneFault(phone: Phone): string | null {
  if (phone.countryCode !== '' && country(phone.countryCode) === undefined)
    return `unknown country code ${phone.countryCode}`;
  if (phone.callingCode !== '' && !CALLING_CODES.has(phone.callingCode))
    return `unknown calling code ${phone.callingCode}`;
  const home = country(phone.countryCode);
  if (home !== undefined && phone.callingCode !== '' && `+${getCountryCallingCode(home)}` !== phone.callingCode) {
    return `${phone.callingCode} is not the calling code of ${phone.countryCode}`;
  }
  if (phone.number === '') return null;
  const parsed = parse(phone.number, country(phone.countryCode), phone.callingCode);
  if (parsed === undefined) return `not a phone number: ${phone.number}`;
  const full = toPhone(parsed);
  if (full.countryCode !== '' && phone.countryCode !== '' && full.countryCode !== phone.countryCode) {
    return `${phone.number} is a number of ${full.countryCode}, not ${phone.countryCode}`;
  }
  if (phone.callingCode !== '' && full.callingCode !== phone.callingCode) {
    return `${phone.number} has the calling code ${full.callingCode}, not ${phone.callingCode}`;
  }
  return keepsItsNumber(normalisePhone(phone)) ? null : `${phone.number} would lose digits each time it is written`;
}

function stable(phone: Phone): boolean {
  return phoneFault(phone) === null && normalisePhone(phone).number === phone.number;
}

/** What the server makes of the parts once more is the same: short numbers may lose digits to a national prefix. */
function keepsItsNumber(phone: Phone): boolean {
  return normalisePhone(phone).number === phone.number;
}

function parse(text: string, defaultCountry: CountryCode | undefined, callingCode = ''): PhoneNumber | undefined {
  const digits = callingCode.replace(/\D/g, '');
  try {
    return parsePhoneNumberWithError(text, {
      ...(defaultCountry === undefined ? {} : { defaultCountry }),
      ...(digits === '' ? {} : { defaultCallingCode: digits }),
    });
  } catch (thrown) {
    if (thrown instanceof ParseError) return undefined;
    throw thrown;
  }
}

function toPhone(parsed: PhoneNumber): Phone {
  return {
    number: parsed.nationalNumber,
    countryCode: parsed.country ?? '',
    callingCode: `+${parsed.countryCallingCode}`,
  };
}

function country(code: string | null): CountryCode | undefined {
  const upper = code?.toUpperCase();
  return upper !== undefined && isSupportedCountry(upper) ? upper : undefined;
}
