import { asObject } from './answers.ts';

/** How Twenty spells values: shared by normalisation and the local check. */

/** Versions 1 to 5 only: others are refused (twenty.md O2). */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** What a server takes for an e-mail address: one @, a domain with a dot, no separators (a bad one fails the whole call). */
export const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[^\s@"(),:;<>[\\\].]+(\.[^\s@"(),:;<>[\\\].]+)+$/;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;

/** What the server takes for nothing: null, "", and lists of nothing (twenty.md §2). */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.every(isEmpty);
  const members = asObject(value);
  return members !== undefined && Object.values(members).every(isEmpty);
}

/** The instant as `2026-12-01T09:00:00.000Z`; a day is its midnight in UTC. Undefined where the text is none that exists. */
export function isoInstant(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const day = value.slice(0, 10);
  // Most texts are no dates: the parser is only asked about what looks like one.
  if (!DAY.test(day)) return undefined;
  const midnight = new Date(`${day}T00:00:00.000Z`);
  // The parser turns 31 February into March.
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  if (DAY.test(value)) return midnight.toISOString();
  if (!INSTANT.test(value)) return undefined;
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(value) ? value : `${value}Z`;
  const instant = new Date(zoned.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'));
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}

/** The server lower-cases addresses and, since 2.41, writes domains in ASCII without a trailing dot (twenty.md §2). */
export function normaliseEmail(value: string): string {
  const trimmed = value.trim().toLowerCase();
  const at = trimmed.lastIndexOf('@');
  if (at < 0) return trimmed;
  const domain = trimmed.slice(at + 1).replace(/\.$/, '');
  const ascii = domain === '' ? undefined : URL.parse(`http://${domain}`)?.hostname;
  return `${trimmed.slice(0, at + 1)}${ascii === undefined || ascii === '' ? domain : ascii}`;
}

/**
 * Origin in lower case, path decoded, no trailing slash; "x" and "https://x" stay different (twenty.md O2). Done until
 * nothing changes: the server does it once at each write, so what is read back may have been through it more often.
 */
export function normaliseLink(value: string): string {
  let link = value.trim();
  for (let round = 0; round < 8; round += 1) {
    const url = URL.parse(link);
    const whole =
      url === null || url.origin === 'null'
        ? link
        : `${url.origin}${decoded(url.pathname)}${decoded(url.search)}${url.hash}`;
    const next = whole.replace(/[/?]+$/, '');
    if (next === link) break;
    link = next;
  }
  return link;
}

/** The host of an address, whether a scheme and a path stand around it or not. */
export function hostOf(value: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value.trim()}`);
  return url === null || url.hostname === '' ? normaliseLink(value) : url.hostname;
}

/** Whether a host is the name of a domain, and no single name or address. */
export function isDomain(host: string): boolean {
  return host.includes('.') && !/^[\d.]+$/.test(host);
}

/** Whether the server takes it for a web address: it tries with a scheme put before. */
export function isLink(value: string): boolean {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`);
  if (url === null || /\s/.test(value)) return false;
  return url.hostname === 'localhost' || /^[^.].*\..*[^.]$/.test(url.hostname);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Lists inside composites come as arrays or as JSON text. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
