import { ChangeoverError } from '../../core/errors.ts';

/**
 * A 64-bit integer of PostgreSQL, which comes as text. Counts, times and offsets stay far below 2^53; a number that a
 * double cannot hold exactly is refused rather than rounded.
 * @throws INTERNAL beyond ±(2^53 - 1), and for anything that is no integer
 */
export function parseInt8(text: string): number {
  const number = Number(text);
  if (text !== '' && Number.isSafeInteger(number)) return number;
  throw new ChangeoverError('INTERNAL', `the state holds ${text} where a whole number up to 2^53 - 1 belongs`);
}
