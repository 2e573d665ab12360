import { createHash } from 'node:crypto';
import { badQuery } from '../errors.ts';
import type { Primitive } from './expression.ts';

/** Where a read goes on. A page never starts from a row count: rows come and go while somebody pages. */
export interface Position {
  readonly page: number;
  /** Rows per page as first preferred. */
  readonly size: number;
  /** Hash of the other options, which must come back as they were. */
  readonly options: string;
  readonly firstId: string;
  readonly lastId: string;
  /** Values of the order columns in the last row of the page. */
  readonly last: readonly Primitive[];
  readonly tracking: TrackingPosition | null;
}

/** `upto` is the row version at which the read began: what changed later belongs to the next delta. */
export interface TrackingPosition {
  readonly phase: 'all' | 'changes' | 'deletes';
  readonly since: number;
  readonly upto: number;
}

export function optionsHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

/** Encoded once for the attribute, and once more for the URL: as the real paging cookie is. */
export function skipToken(primaryId: string, position: Position): string {
  const { page, size, firstId, lastId } = position;
  const state = Buffer.from(JSON.stringify(position)).toString('base64url');
  const inner = `<cookie page="${page - 1}" countOfRecords="${size}" state="${state}"><${primaryId} last="{${lastId.toUpperCase()}}" first="{${firstId.toUpperCase()}}" /></cookie>`;
  const escaped = encodeURIComponent(inner).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const tracking = position.tracking === null ? 'False' : 'True';
  return urlEscaped(`<cookie pagenumber="${page}" pagingcookie="${escaped}" istracking="${tracking}" />`);
}

function urlEscaped(xml: string): string {
  return xml.replaceAll(/[%<>" ]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const OUTER = /^<cookie pagenumber="(\d+)" pagingcookie="([^"]+)" istracking="(True|False)" \/>$/;
const STATE = /state="([\w-]+)"/;

/** Reads a token as it stands in the URL. A token that was encoded again, or by other rules, is refused. */
export function readSkipToken(raw: string): Position {
  try {
    const xml = decodeURIComponent(raw);
    const cookie = OUTER.exec(xml);
    const state = STATE.exec(decodeURIComponent(cookie?.[2] ?? ''));
    if (cookie !== null && state !== null && urlEscaped(xml) === raw) {
      return JSON.parse(Buffer.from(state[1] ?? '', 'base64url').toString()) as Position;
    }
  } catch {
    // Told below.
  }
  throw badQuery('Malformed paging cookie: the $skiptoken of a next link must be used as it was given.');
}

export interface DeltaToken {
  readonly version: number;
  /** Milliseconds, on a whole second. */
  readonly at: number;
}

/** `<row version>!<MM/dd/yyyy HH:mm:ss>`, escaped for the URL in lower case. */
export function deltaToken({ version, at }: DeltaToken): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const [year, month, date] = day.split('-');
  return encodeURIComponent(`${version}!${month}/${date}/${year} ${time}`)
    .replaceAll('!', '%21')
    .replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

const TOKEN = /^(\d+)!(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/;

export function readDeltaToken(text: string): DeltaToken {
  const match = TOKEN.exec(text);
  if (match === null) throw badQuery(`The delta token '${text}' is not valid.`);
  const [, version, month, day, year, time] = match;
  return { version: Number(version), at: Date.parse(`${year}-${month}-${day}T${time}Z`) };
}
