import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  ParseError,
  type PhoneNumber,
  parsePhoneNumberWithError,
} from 'libphonenumber-js';
import { untranslated } from '../errors.ts';

export interface Phone {
  readonly number: string | null;
  readonly countryCode: string | null;
  readonly callingCode: string | null;
}

const COUNTRIES: ReadonlySet<string> = new Set(getCountries());

function isCountry(code: string): code is CountryCode {
  return COUNTRIES.has(code);
}

function refuse(message: string, code: string): never {
  throw untranslated(message, code, message);
}

function countriesOf(callingCode: string): CountryCode[] {
  const digits = callingCode.replace(/^\+/, '');
  return getCountries().filter((country) => getCountryCallingCode(country) === digits);
}

function checkCodes({ countryCode, callingCode }: Phone): void {
  if (countryCode !== null && !isCountry(countryCode))
    refuse(`Invalid country code ${countryCode}`, 'INVALID_PHONE_COUNTRY_CODE');
  if (callingCode === null) return;
  const countries = countriesOf(callingCode);
  if (countries.length === 0) refuse(`Invalid calling code ${callingCode}`, 'INVALID_PHONE_CALLING_CODE');
  if (countryCode !== null && !countries.some((country) => country === countryCode)) {
    refuse('Provided country code and calling code are conflicting', 'CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE');
  }
}

function parse(number: string, { countryCode, callingCode }: Phone): PhoneNumber {
  try {
    return parsePhoneNumberWithError(number, {
      ...(callingCode === null ? {} : { defaultCallingCode: callingCode.replace(/^\+/, '') }),
      ...(countryCode !== null && isCountry(countryCode) ? { defaultCountry: countryCode } : {}),
    });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return refuse(`Provided phone number is invalid ${number}`, 'INVALID_PHONE_NUMBER');
  }
}

/** National number with both codes filled in from what is known; refuses what contradicts itself (twenty.md §2). */
export function normalisePhone(phone: Phone): Phone {
  checkCodes(phone);
  if (phone.number === null) {
    const known = phone.countryCode;
    if (known === null || phone.callingCode !== null || !isCountry(known)) return phone;
    return { ...phone, callingCode: `+${getCountryCallingCode(known)}` };
  }
  const parsed = parse(phone.number, phone);
  if (parsed.country !== undefined && phone.countryCode !== null && parsed.country !== phone.countryCode) {
    refuse('Provided and inferred country code are conflicting', 'CONFLICTING_PHONE_COUNTRY_CODE');
  }
  if (phone.callingCode !== null && `+${parsed.countryCallingCode}` !== phone.callingCode) {
    refuse('Provided and inferred calling code are conflicting', 'CONFLICTING_PHONE_CALLING_CODE');
  }
  return {
    number: parsed.nationalNumber,
    countryCode: phone.countryCode ?? parsed.country ?? null,
    callingCode: phone.callingCode ?? `+${parsed.countryCallingCode}`,
  };
}
