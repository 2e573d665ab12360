import { extname } from 'node:path';

/** Bytes of a name, in UTF-8: what common file systems take. */
const LONGEST_NAME = 255;
const LONGEST_EXTENSION = 20;

/** Names that Windows keeps for devices, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Control characters, and those that turn the direction of text round so that `exe.pdf` reads as `fdp.exe`. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;
/** Not allowed in a name by one file system or another. */
const FORBIDDEN = /[<>:"|?*]/g;
const LONE_SURROGATE = /\p{Cs}/gu;

/**
 * A name as it may stand in Twenty and on any disk: no path, no control characters, no reserved name, at most 255 bytes
 * with its extension kept. `fallback` stands in for a name of which nothing is left.
 */
export function safeName(given: string, fallback: string): string {
  const last =
    given
      .replaceAll('\\', '/')
      .split('/')
      .findLast((part) => part.trim() !== '') ?? '';
  const cleaned = last
    .normalize('NFC')
    .replace(UNSEEN, '')
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(FORBIDDEN, '_')
    .replace(/\s+/g, ' ')
    // Dots and spaces at the end are dropped by Windows, which would make two names one.
    .replace(/[. ]+$/, '')
    .trim();
  if (cleaned === '' || /^\.+$/.test(cleaned)) return given === fallback ? 'file' : safeName(fallback, fallback);
  return shortened(RESERVED.test(cleaned) ? `_${cleaned}` : cleaned);
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const extension = extname(name);
  const kept = Buffer.byteLength(extension) <= LONGEST_EXTENSION ? extension : '';
  let stem = [...name.slice(0, name.length - kept.length)];
  while (Buffer.byteLength(stem.join('')) + Buffer.byteLength(kept) > LONGEST_NAME) {
    stem = stem.slice(0, Math.max(1, Math.min(stem.length - 1, LONGEST_NAME)));
  }
  return `${stem.join('').replace(/[. ]+$/, '')}${kept}`;
}
