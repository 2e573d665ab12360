import { inspect } from 'node:util';
import { invalidData } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { ACTOR_SOURCES, COMPOSITES } from '../model/composites.ts';
import type { FieldType } from '../model/types.ts';
import { checkUrl, normaliseUrl } from './links.ts';
import { normalisePhone } from './phones.ts';
import { blocksFromMarkdown, markdownFromBlocks } from './rich-text.ts';
import { numeric, text, uuid } from './scalars.ts';

/**
 * Checks the parts a client sent and gives those to store. Parts that were not sent are left out of the answer: an
 * update keeps what is stored there (O2, "partial composites are merged").
 */
export type CompositeRule = (parts: Record<string, unknown>, key: string, newId: () => string) => JsonObject;

function texts(parts: Record<string, unknown>, key: string): JsonObject {
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, text(value, `${key}.${name}`)]));
}

function address(parts: Record<string, unknown>, key: string): JsonObject {
  const { addressLat, addressLng, ...rest } = parts;
  const stored = texts(rest, key);
  if (addressLat !== undefined) stored.addressLat = numeric(addressLat, `${key}.addressLat`);
  if (addressLng !== undefined) stored.addressLng = numeric(addressLng, `${key}.addressLng`);
  return stored;
}

function currency(parts: Record<string, unknown>, key: string): JsonObject {
  const stored: JsonObject = {};
  const { amountMicros, currencyCode } = parts;
  if (amountMicros !== undefined) stored.amountMicros = numeric(amountMicros, `${key}.amountMicros`);
  if (currencyCode !== undefined) stored.currencyCode = text(currencyCode, `${key}.currencyCode`);
  return stored;
}

const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[^\s@.]+(\.[^\s@.]+)+$/;

function email(value: unknown, key: string): string | null {
  const checked = text(value, key);
  if (checked === null) return null;
  if (!EMAIL.test(checked)) {
    const shown = inspect(value);
    throw invalidData(`Invalid string value ${shown} for email field "${key}"`, `Invalid value: "${shown}"`);
  }
  return checked.toLowerCase();
}

/** Lists inside composites come as arrays or as JSON text. */
function list(value: unknown): unknown[] | undefined {
  if (value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function orNull(items: Json[]): Json {
  return items.length === 0 ? null : items;
}

function emails(parts: Record<string, unknown>, key: string): JsonObject {
  const stored: JsonObject = {};
  const { primaryEmail, additionalEmails } = parts;
  if (primaryEmail !== undefined) stored.primaryEmail = email(primaryEmail, `${key}.primaryEmail`);
  if (additionalEmails !== undefined) {
    const name = `${key}.additionalEmails`;
    const items = list(additionalEmails);
    if (items === undefined) {
      throw invalidData(`Invalid string value ${inspect(additionalEmails)} for email field "${name}"`);
    }
    stored.additionalEmails = orNull(items.map((item) => email(item, name)).filter((item) => item !== null));
  }
  return stored;
}

function link(value: unknown, key: string): string | null {
  const checked = text(value, key);
  if (checked === null) return null;
  checkUrl(checked);
  return normaliseUrl(checked);
}

function links(parts: Record<string, unknown>, key: string): JsonObject {
  const stored: JsonObject = {};
  const { primaryLinkUrl, primaryLinkLabel, secondaryLinks } = parts;
  if (primaryLinkUrl !== undefined) stored.primaryLinkUrl = link(primaryLinkUrl, `${key}.primaryLinkUrl`);
  if (primaryLinkLabel !== undefined) stored.primaryLinkLabel = text(primaryLinkLabel, `${key}.primaryLinkLabel`);
  if (secondaryLinks === undefined) return stored;
  const name = `${key}.secondaryLinks`;
  const items = list(secondaryLinks);
  if (items === undefined) throw invalidData(`Invalid value ${inspect(secondaryLinks)} for field "${name}"`);
  const kept = items.filter(isObject).flatMap((item) => {
    const url = link(item.url ?? null, name);
    return url === null ? [] : [{ url, label: text(item.label ?? null, name) }];
  });
  // A list of links without a first one moves up: the server never keeps an empty first link before others.
  const first = stored.primaryLinkUrl === null ? kept.shift() : undefined;
  if (first !== undefined) Object.assign(stored, { primaryLinkUrl: first.url, primaryLinkLabel: first.label });
  stored.secondaryLinks = orNull(kept);
  return stored;
}

function phones(parts: Record<string, unknown>, key: string): JsonObject {
  const stored: JsonObject = {};
  const part = (name: string): string | null => text(parts[name] ?? null, `${key}.${name}`);
  const primary = ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode'];
  if (primary.some((name) => parts[name] !== undefined)) {
    const sent = {
      number: part('primaryPhoneNumber'),
      countryCode: part('primaryPhoneCountryCode'),
      callingCode: part('primaryPhoneCallingCode'),
    };
    const phone = normalisePhone(sent);
    if (parts.primaryPhoneNumber !== undefined) stored.primaryPhoneNumber = phone.number;
    if (phone.countryCode !== null || parts.primaryPhoneCountryCode !== undefined) {
      stored.primaryPhoneCountryCode = phone.countryCode;
    }
    if (phone.callingCode !== null || parts.primaryPhoneCallingCode !== undefined) {
      stored.primaryPhoneCallingCode = phone.callingCode;
    }
  }
  if (parts.additionalPhones === undefined) return stored;
  const name = `${key}.additionalPhones`;
  const items = list(parts.additionalPhones);
  if (items === undefined) throw invalidData(`Invalid value ${inspect(parts.additionalPhones)} for field "${name}"`);
  stored.additionalPhones = orNull(
    items.filter(isObject).map((item) => ({
      ...normalisePhone({
        number: text(item.number ?? null, name),
        countryCode: text(item.countryCode ?? null, name),
        callingCode: text(item.callingCode ?? null, name),
      }),
    })),
  );
  return stored;
}

function actor(parts: Record<string, unknown>, key: string): JsonObject {
  const stored: JsonObject = {};
  const { source, name, workspaceMemberId, context } = parts;
  if (source !== undefined) {
    if (source !== null && !ACTOR_SOURCES.some((known) => known === source)) {
      const shown = typeof source === 'string' ? `"${source}"` : inspect(source);
      throw invalidData(
        `Invalid value ${shown} for field "${key}.source". Valid values are: ${ACTOR_SOURCES.join(', ')}`,
      );
    }
    stored.source = source === null ? null : String(source);
  }
  if (name !== undefined) stored.name = text(name, `${key}.name`);
  if (workspaceMemberId !== undefined) {
    stored.workspaceMemberId = uuid(workspaceMemberId, `${key}.workspaceMemberId`);
  }
  if (context !== undefined) stored.context = isObject(context) ? (context as JsonObject) : null;
  return stored;
}

function richText(parts: Record<string, unknown>, key: string, newId: () => string): JsonObject {
  const markdown = text(parts.markdown ?? null, `${key}.markdown`);
  const blocknote = text(parts.blocknote ?? null, `${key}.blocknote`);
  return {
    blocknote: blocknote ?? (markdown === null ? null : blocksFromMarkdown(markdown, newId)),
    markdown: markdown ?? (blocknote === null ? null : markdownFromBlocks(blocknote)),
  };
}

const RULES: Partial<Record<FieldType, CompositeRule>> = {
  FULL_NAME: texts,
  ADDRESS: address,
  CURRENCY: currency,
  EMAILS: emails,
  LINKS: links,
  PHONES: phones,
  ACTOR: actor,
  RICH_TEXT: richText,
};

/** The name of the type in the server's message about a part it does not know. */
const NAMES: Partial<Record<FieldType, string>> = {
  FULL_NAME: 'full name',
  ADDRESS: 'address',
  CURRENCY: 'currency',
  EMAILS: 'emails',
  LINKS: 'links',
  PHONES: 'phones',
  ACTOR: 'actor',
  RICH_TEXT: 'rich text v2',
};

/** Parts to store for a composite value; null clears all of them. */
export function normaliseComposite(type: FieldType, value: unknown, key: string, newId: () => string): JsonObject {
  const known = COMPOSITES[type] ?? {};
  const rule = RULES[type];
  if (rule === undefined) throw new Error(`${type} is not a composite`);
  if (value === null) return Object.fromEntries(Object.keys(known).map((part) => [part, null]));
  if (!isObject(value)) {
    throw invalidData(
      type === 'RICH_TEXT'
        ? `Invalid rich text v2 value ${inspect(value)} for field "${key}" - Should be an object`
        : `Invalid object value ${inspect(value)} for field "${key}"`,
    );
  }
  const unknown = Object.keys(value).find((part) => !Object.hasOwn(known, part));
  if (unknown !== undefined) throw invalidData(`Invalid subfield ${unknown} for ${NAMES[type]} field "${key}"`);
  return rule(value, key, newId);
}
