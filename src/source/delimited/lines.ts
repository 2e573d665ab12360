import { open } from 'node:fs/promises';
import type { StagedFile } from './stage.ts';

/**
 * The line, from 1, of each byte offset (ascending) of a staged file. Counted on demand and not while parsing: it is needed
 * for rejected rows only, and csv-parse counts a CRLF inside a quoted cell twice. `from` is a place whose line is known already.
 */
export async function linesOf(
  file: Pick<StagedFile, 'path' | 'dialect' | 'size'>,
  offsets: readonly number[],
  from: { readonly offset: number; readonly line: number } = { offset: 0, line: 1 },
): Promise<number[]> {
  const terminator = file.dialect.lineEnd === '\r' ? 13 : 10;
  const lines: number[] = [];
  const handle = await open(file.path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(1 << 20);
    let { line } = from;
    for (let position = from.offset; lines.length < offsets.length; ) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      const bytes = chunk.subarray(0, bytesRead);
      let at = 0;
      for (
        let wanted = offsets[lines.length];
        wanted !== undefined && (wanted < position + bytesRead || bytesRead === 0);
        wanted = offsets[lines.length]
      ) {
        const to = Math.max(at, wanted - position);
        line += count(bytes, terminator, at, to);
        at = to;
        lines.push(line);
      }
      if (bytesRead === 0) break;
      line += count(bytes, terminator, at, bytesRead);
      position += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return lines;
}

/** The line of one offset. */
export async function lineOf(file: Pick<StagedFile, 'path' | 'dialect' | 'size'>, offset: number): Promise<number> {
  return (await linesOf(file, [offset]))[0] ?? 1;
}

function count(bytes: Buffer, value: number, from: number, to: number): number {
  let found = 0;
  for (let at = bytes.indexOf(value, from); at >= 0 && at < to; at = bytes.indexOf(value, at + 1)) found += 1;
  return found;
}

/** Whether the last row has a line end: one that lacks it may have been cut off. */
export async function endsWithLineEnd(file: Pick<StagedFile, 'path' | 'size'>): Promise<boolean> {
  const handle = await open(file.path, 'r');
  try {
    const last = Buffer.alloc(1);
    await handle.read(last, 0, 1, file.size - 1);
    return last[0] === 10 || last[0] === 13;
  } finally {
    await handle.close();
  }
}
