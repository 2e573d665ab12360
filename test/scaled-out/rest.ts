import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../../src/state/state.ts';
import type { Difference } from '../kill/compare.ts';
import type { ExportSet } from '../kill/exports.ts';

/** Nothing was on its way for so long: everybody has come to rest. */
const REST_MS = 2_500;
const LONGEST_MS = 120_000;
/** Objects of an export. */
const OBJECTS = 7;

/** Every object of the export was read and taken in, and nothing is on its way. */
export async function atRest(state: StateStore, set: ExportSet | undefined): Promise<boolean> {
  return state.read(async (tx) => {
    const marks = await tx.watermarks.latest(null);
    const read = marks.length === OBJECTS && marks.every(({ snapshot }) => snapshot.startsWith(set?.name ?? ''));
    if (!read || (await tx.intents.all()).length > 0) return false;
    const rows = await tx.ledger.rows(null);
    return rows.every(({ classes }) => classes['on-the-way'] === 0 && classes.deleting === 0);
  });
}

export async function untilRest(state: StateStore, set: ExportSet | undefined): Promise<void> {
  const begun = Date.now();
  for (let since = Date.now(); Date.now() - since < REST_MS; await sleep(200)) {
    if (!(await atRest(state, set))) since = Date.now();
    if (Date.now() - begun > LONGEST_MS) throw new Error('no rest after the unrest');
  }
}

/** A difference in one line. */
export function told({ object, id, field, undisturbed, killed }: Difference): string {
  if (field !== null) return `${object} ${id} ${field}: ${JSON.stringify(undisturbed)}, not ${JSON.stringify(killed)}`;
  return `${object} ${id} only ${killed === undefined ? 'alone' : 'shared'}: ${JSON.stringify(undisturbed ?? killed)}`;
}
