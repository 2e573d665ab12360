import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { StateTransaction } from '../../state/state.ts';

/** What the data folder, and meanwhile the new state, say of a move. */
const note = z.strictObject({ id: z.string(), at: z.number(), by: z.string() });
export type MoveNote = z.infer<typeof note>;

/** Under which name the new state's settings tell that a move into it is not over. */
export const MOVE_SETTING = 'move';

/** Null where there is none. @throws MOVE_UNFINISHED where it cannot be understood */
export function readNote(file: string): MoveNote | null {
  if (!existsSync(file)) return null;
  try {
    return note.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ChangeoverError('MOVE_UNFINISHED', `${file} says nothing that can be understood`, {
      place: { file },
      cause,
    });
  }
}

/** Durable when it returns: whoever looks afterwards, power cuts included, finds it whole. */
export function writeNote(file: string, value: MoveNote): void {
  const partial = `${file}.partial`;
  writeFileSync(partial, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  renameSync(partial, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function newNote(id: string, clock: Clock, by: string): MoveNote {
  return { id, at: clock.now(), by };
}

/** The move into this state that is not over; null where none is. */
export async function moveInto(tx: StateTransaction): Promise<MoveNote | null> {
  const value = await tx.settings.get(MOVE_SETTING);
  return value === undefined ? null : note.parse(value);
}
