import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';

/*
 * A backup is gzip over lines of JSON: the head; for each table its own line, a line for each row and a line that counts
 * them; a last line that counts all. Rows are arrays, everything else is an object. Checksums find damage, not malice:
 * whoever may change the file may change them too.
 */

export const FORMAT = 'changeover-state-backup';
/** Of the format; the version of the tables is that of the migrations. */
export const FORMAT_VERSION = 1;

const head = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  deployment: z.string().nullable(),
  at: z.number(),
  migrations: z.array(z.strictObject({ number: z.int(), name: z.string() })).min(1),
});
const begin = z.strictObject({
  table: z.string(),
  columns: z.array(z.string()).min(1).readonly(),
  /** Of numbered tables: the last number that was given out. */
  last: z.int().min(0).nullable(),
});
const row = z.array(z.union([z.string(), z.int(), z.null()]));
const end = z.strictObject({ end: z.string(), rows: z.int().min(0), sha256: z.string() });
const close = z.strictObject({ tables: z.int(), rows: z.int(), sha256: z.string() });

export type Head = z.infer<typeof head>;
export type Begin = z.infer<typeof begin>;
export type End = z.infer<typeof end>;
export type Close = z.infer<typeof close>;

export function lineOf(value: Head | Begin | End | Close | readonly (string | number | null)[]): string {
  return `${JSON.stringify(value)}\n`;
}

export function damaged(file: string, what: string, cause?: unknown): ChangeoverError {
  return new ChangeoverError('STATE_BACKUP_DAMAGED', `${file} ${what}`, {
    place: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

export interface NumberedLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

export const parseHead = parser(head, 'the head of a backup');
export const parseBegin = parser(begin, 'the beginning of a table');
export const parseEnd = parser(end, 'the end of a table');
export const parseClose = parser(close, 'the end of a backup');
export const parseRow = parser(row, 'a row');

function parser<Value>(schema: z.ZodType<Value>, what: string) {
  return (file: string, line: NumberedLine): Value => {
    const result = schema.safeParse(parseJson(line.text));
    if (result.success) return result.data;
    throw damaged(file, `has no ${what.replace(/^(the|a) /, '')} in line ${line.number}`);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
