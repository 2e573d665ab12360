import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/core/identifiers.ts';
import { writeCsv } from './dialect.ts';
import { SETS, sample } from './generate.ts';
import { SHAPES, type TableName, type TableShape } from './tables.ts';

/**
 * One of the two exports with a share of its records, 0 to 1. Which ones depends on their ids alone, so that the second export
 * is a later state of the first. A record that is left out is missing to those that point at it, as in a real excerpt.
 */
export function writeExcerpt(folder: string, name: string, share: number): void {
  const at = SETS.findIndex((set) => set.folder === name);
  const tables = sample().exports[at];
  if (tables === undefined) throw new Error(`the sample has no export ${name}`);
  mkdirSync(folder, { recursive: true });
  for (const [table, shape] of Object.entries(SHAPES) as [TableName, TableShape][]) {
    const rows = [...tables[table]].filter(([id]) => !shape.synced || isTaken(id, share)).map(([, row]) => row);
    writeFileSync(join(folder, shape.file), writeCsv(shape.headers, rows, shape.dialect));
  }
}

function isTaken(id: string, share: number): boolean {
  return Number.parseInt(sha256(id).slice(0, 8), 16) / 0x1_0000_0000 < share;
}
