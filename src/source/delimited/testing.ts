import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ChangeoverError } from '../../core/errors.ts';
import type { DeclaredDialect } from './dialect.ts';
import { readRows } from './read.ts';
import type { ByteRange } from './row-batch.ts';
import { type StagedFile, stageFile } from './stage.ts';

/** For the tests of this folder. */

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'changeover-delimited-'));
}

/** Stages a content, cut into chunks of the given size: nothing may depend on where a chunk ends. */
export function stage(
  content: string | Uint8Array,
  declared: DeclaredDialect = {},
  chunk = 65_536,
): Promise<StagedFile> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const open = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  };
  return stageFile({ name: 'contacts.csv', open }, join(scratch(), 'staged'), declared);
}

export interface AllRows {
  readonly cells: string[][];
  readonly ranges: ByteRange[];
  readonly broken: ByteRange[];
}

export async function rowsOf(file: StagedFile): Promise<AllRows> {
  const all: AllRows = { cells: [], ranges: [], broken: [] };
  for await (const batch of readRows(file)) {
    all.cells.push(...batch.cells);
    all.ranges.push(...batch.starts.map((start, i) => ({ start, end: batch.ends[i] ?? 0 })));
    all.broken.push(...batch.broken);
  }
  return all;
}

/** What a promise fails with, as a ChangeoverError. */
export async function failure(promise: Promise<unknown>): Promise<ChangeoverError> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ChangeoverError);
  return thrown as ChangeoverError;
}
