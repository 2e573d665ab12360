import { untranslated } from '../errors.ts';

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

/** Host in lower case, no trailing slash. A value without a scheme is not a URL to the server and stays as it is (O2). */
export function normaliseUrl(raw: string): string {
  const url = parse(raw);
  if (url === undefined || url.origin === 'null') return raw;
  const rest = decode(url.pathname) + decode(url.search) + url.hash;
  return (url.origin.toLowerCase() + rest).replace(/\/$/, '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Refuses what cannot be a web address even with a scheme put before it. */
export function checkUrl(raw: string): void {
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(raw) ? raw : `https://${raw}`);
  const valid =
    url !== undefined &&
    !/\s/.test(raw) &&
    (url.hostname.includes('.') || url.hostname === 'localhost') &&
    !url.hostname.startsWith('.') &&
    !url.hostname.endsWith('.');
  if (!valid) throw untranslated('The URL of the link is not valid', 'INVALID_URL', 'The URL of the link is not valid');
}
