import { extname } from 'node:path';
import { fileTypeFromBuffer, supportedExtensions } from 'file-type';

/** So many bytes of its beginning tell what a file is; more is never looked at. */
export const HEAD_BYTES = 65_536;

export interface Finding {
  /** MIME type by content; null where the content does not tell. */
  readonly type: string | null;
  /** Why name and content contradict each other; null where they do not. */
  readonly contradiction: string | null;
}

/** Extensions that may stand for one another, by what the library calls the content. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  jpg: ['jpeg', 'jpe', 'jfif', 'pjpeg'],
  tif: ['tiff'],
  mpg: ['mpeg'],
  mp4: ['m4v', 'mov', 'm4a'],
  mov: ['qt', 'mp4'],
  ogg: ['oga', 'ogv', 'ogx', 'opus', 'spx'],
  xml: ['svg', 'html', 'htm', 'xhtml', 'kml', 'gpx', 'rss', 'xsd', 'xsl', 'fodt'],
  gz: ['tgz', 'svgz'],
  // Of a package only the beginning is looked at, so that its kind may not show.
  zip: [
    'docx',
    'docm',
    'dotx',
    'xlsx',
    'xlsm',
    'xltx',
    'xlsb',
    'pptx',
    'pptm',
    'potx',
    'ppsx',
    'odt',
    'ods',
    'odp',
    'epub',
    'jar',
    'apk',
    'vsdx',
    'kmz',
    'pages',
    'numbers',
    'key',
    '3mf',
    'xpi',
  ],
  // Word, Excel, PowerPoint, Outlook and Visio of before 2007 are all one kind of container.
  cfb: ['doc', 'dot', 'xls', 'xlt', 'ppt', 'pps', 'pot', 'msg', 'vsd', 'pub', 'mpp', 'msi', 'db'],
  asf: ['wmv', 'wma'],
  eps: ['ai', 'ps'],
  pdf: ['ai'],
};

/** Kinds of text: content of any other kind under such a name is a contradiction. */
const TEXTS = new Set([
  'txt',
  'csv',
  'tsv',
  'md',
  'json',
  'html',
  'htm',
  'eml',
  'ics',
  'vcf',
  'log',
  'xml',
  'yaml',
  'yml',
]);
/** Programs: under any other name they are a contradiction. */
const PROGRAMS = new Set(['exe', 'elf', 'macho', 'wasm']);
/** Names under which a web page may be what is wanted; under any other it is a page that asks to sign in, or tells an error. */
const PAGES = new Set([
  'html',
  'htm',
  'xhtml',
  'xht',
  'mht',
  'mhtml',
  'svg',
  'xml',
  'txt',
  'md',
  'eml',
  'php',
  'asp',
  'aspx',
]);
const PAGE = /^\s*(?:<!doctype html|<html[\s>])/i;

/**
 * What the content is, and whether the name says so. By file-type, whose limits are these: it knows signatures alone, so
 * text of every kind is told from the rest by having no zero bytes and being valid UTF-8 or UTF-16; old Office formats are
 * one container to it; and a signature proves no more than the beginning of a file.
 */
export async function lookAt(head: Uint8Array, name: string): Promise<Finding> {
  const extension = extname(name).slice(1).toLowerCase();
  if (head.length === 0) return { type: null, contradiction: null };
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found !== undefined) {
    return {
      type: found.mime,
      contradiction: fits(extension, found.ext) ? null : contradiction(found.mime, extension),
    };
  }
  const text = isText(head);
  const page = text && PAGE.test(new TextDecoder().decode(head.subarray(0, 512)));
  const type = page ? 'text/html' : text ? 'text/plain' : null;
  // A kind that has a signature, without one: an error page saved under the file's name is the usual case.
  const known = (supportedExtensions as ReadonlySet<string>).has(extension) || isAlias(extension);
  const expected = known && !TEXTS.has(extension) && !isTextual(extension);
  const wrong =
    page && !PAGES.has(extension)
      ? 'a web page'
      : expected
        ? (type ?? 'something that is not known')
        : !text && TEXTS.has(extension)
          ? 'no text'
          : null;
  return { type, contradiction: wrong === null ? null : contradiction(wrong, extension) };
}

function fits(extension: string, found: string): boolean {
  if (extension === found || ALIASES[found]?.includes(extension) === true) return true;
  if (PROGRAMS.has(found))
    return extension === 'dll' || extension === 'sys' || extension === 'scr' || extension === 'so';
  if (TEXTS.has(extension)) return false;
  // A name that promises nothing is kept by any content.
  return !(supportedExtensions as ReadonlySet<string>).has(extension) && !isAlias(extension);
}

function isAlias(extension: string): boolean {
  return Object.values(ALIASES).some((names) => names.includes(extension));
}

/** Kinds of XML, which need no declaration. */
function isTextual(extension: string): boolean {
  return ALIASES.xml?.includes(extension) === true;
}

function isText(head: Uint8Array): boolean {
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (wide) return true;
  return !head.includes(0);
}

function contradiction(type: string, extension: string): string {
  return `the name ${extension === '' ? 'has no ending' : `ends in .${extension}`}, but the content is ${type}`;
}
