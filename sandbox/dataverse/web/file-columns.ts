import { Refusal } from '../errors.ts';
import { base64, readContent, type StoredFile, sizeOf } from '../store/files.ts';
import { type ApiAnswer, nothing } from './request.ts';

const RANGE = /^bytes=(\d+)-(\d+)?(?:\/\d+)?$/;

/** A file or image column: its bytes with `/$value`, base64 inside JSON without; whole, or the range asked for. */
export function readFile(file: StoredFile | undefined, raw: boolean, range: string | undefined): ApiAnswer {
  if (file === undefined) return nothing();
  const size = sizeOf(file.content);
  const asked = range === undefined ? null : RANGE.exec(range);
  const from = Number(asked?.[1] ?? 0);
  const to = Math.min(size - 1, Number(asked?.[2] ?? size - 1));
  if (asked !== null && from > to && size > 0) {
    throw new Refusal(416, '', 'The requested range is not satisfiable.', { 'content-range': `bytes */${size}` });
  }
  const bytes = readContent(file.content, from, to - from + 1);
  const headers = {
    'content-disposition': `attachment; filename="${encodeURIComponent(file.name)}"`,
    'x-ms-file-name': encodeURIComponent(file.name),
    'x-ms-file-size': String(size),
    mimetype: file.mimeType,
    ...(asked === null ? {} : { 'content-range': `bytes ${from}-${to}/${size}` }),
  };
  const status = asked === null ? 200 : 206;
  return raw
    ? { status, headers, content: { kind: 'bytes', bytes, type: 'application/octet-stream' } }
    : { status, headers, content: { kind: 'json', value: { value: base64(bytes) } } };
}
