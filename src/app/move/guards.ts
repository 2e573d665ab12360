import { existsSync } from 'node:fs';
import { EmbeddedBus } from '../../bus/embedded/embedded-bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { StateStore } from '../../state/state.ts';
import type { Paths } from '../paths.ts';
import { type MoveNote, moveInto, readNote } from './note.ts';

/*
 * Of a deployment that moves there are two copies for a while, and never two that live: the files until `moved.json` lies
 * beside them, the servers once their state no longer tells of a move.
 */

/** @throws MOVE_DONE where the files were moved away: what they hold is as it was then */
export function refuseMovedFiles(paths: Paths): void {
  const moved = readNote(paths.moved);
  if (moved === null) return;
  const when = new Date(moved.at).toISOString();
  throw new ChangeoverError('MOVE_DONE', `${paths.data} was moved to Kafka and PostgreSQL on ${when} by ${moved.by}`, {
    place: { file: paths.moved },
  });
}

/** @throws MOVE_NEEDED where the events of an embedded deployment lie in the data folder, and were not moved */
export async function refuseForgottenFiles(paths: Paths, clock: Clock): Promise<void> {
  if (readNote(paths.moved) !== null || !existsSync(paths.log)) return;
  const log = new EmbeddedBus({ file: paths.log, clock, access: 'read' });
  try {
    for (const { topic } of await log.topics()) {
      const bounds = await log.bounds(topic);
      if (bounds.every(({ start, end }) => start === end)) continue;
      throw new ChangeoverError('MOVE_NEEDED', `${paths.log} holds events, and was not moved`, {
        place: { file: paths.log },
      });
    }
  } finally {
    await log.close();
  }
}

/** @throws MOVE_UNFINISHED while a move into the state is not over */
export async function refuseHalfMoved(state: StateStore): Promise<void> {
  const moving = await state.read((tx) => moveInto(tx));
  if (moving !== null) throw halfMoved(moving);
}

export function halfMoved({ at, by }: MoveNote): ChangeoverError {
  const when = new Date(at).toISOString();
  return new ChangeoverError('MOVE_UNFINISHED', `a move into this state, begun on ${when} by ${by}, is not over`);
}
