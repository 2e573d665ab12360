import { domainToASCII } from 'node:url';
import { invalidData } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import type { FieldType, ModelField } from '../model/types.ts';
import type { VersionTraits } from './traits.ts';

type Rule = (stored: JsonObject, field: ModelField) => JsonObject;

/** What a version does to a composite beyond what all do (twenty.md §2, "Input normalisation"). */
export function asVersionStores(traits: VersionTraits, field: ModelField, stored: JsonObject): JsonObject {
  const rule = RULES[field.type];
  return rule === undefined ? stored : rule(traits)(stored, field);
}

const unchanged: Rule = (stored) => stored;

const RULES: Readonly<Partial<Record<FieldType, (traits: VersionTraits) => Rule>>> = {
  EMAILS: (traits) => (traits.asciiEmailDomains ? asciiDomains : unchanged),
  LINKS: (traits) => (traits.bareDomains ? bareHost : unchanged),
};

function asciiDomains(stored: JsonObject): JsonObject {
  return {
    ...stored,
    ...(stored.primaryEmail === undefined ? {} : { primaryEmail: asciiDomain(stored.primaryEmail) }),
    ...(Array.isArray(stored.additionalEmails) ? { additionalEmails: stored.additionalEmails.map(asciiDomain) } : {}),
  };
}

function asciiDomain(address: Json): Json {
  if (typeof address !== 'string') return address;
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at).replace(/\.$/, '');
  return `${address.slice(0, at)}${domainToASCII(domain) || domain}`;
}

/** A LINKS field of the kind "domain" keeps the host alone, and refuses what is none. */
function bareHost(stored: JsonObject, field: ModelField): JsonObject {
  const url = stored.primaryLinkUrl;
  if (field.settings?.type !== 'domain' || typeof url !== 'string') return stored;
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`);
  // Single names and addresses of numbers are refused too, as was said of the change that brought this kind.
  const isDomain = parsed?.hostname.includes('.') === true && !/^[\d.]+$/.test(parsed.hostname);
  if (parsed === null || !isDomain) throw invalidData(`Invalid domain value '${url}' for field "${field.name}"`);
  return { ...stored, primaryLinkUrl: parsed.hostname };
}
