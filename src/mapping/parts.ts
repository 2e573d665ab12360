import { asText, BadValue, isEmpty, type Value } from './values.ts';

/** The non-empty pieces of a cell, or of each cell of a list, trimmed. */
export function parts(value: Value, separator: RegExp | string): readonly string[] {
  const cells = Array.isArray(value) ? (value as readonly Value[]) : [value];
  return cells
    .filter((cell) => !isEmpty(cell))
    .flatMap((cell) => asText(cell).split(separator))
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/**
 * Reads every piece and puts the good ones together. Bad pieces are refused all at once, after the good ones were read,
 * so that the mapping can keep those.
 */
export function readAll<Piece>(
  pieces: readonly string[],
  read: (piece: string) => Piece,
  assemble: (pieces: readonly Piece[]) => Value,
): Value {
  const good: Piece[] = [];
  const bad: BadValue[] = [];
  for (const piece of pieces) {
    try {
      good.push(read(piece));
    } catch (thrown) {
      if (!(thrown instanceof BadValue)) throw thrown;
      bad.push(thrown);
    }
  }
  const [first] = bad;
  if (first === undefined) return assemble(good);
  throw new BadValue(
    first.code,
    bad.map((one) => one.message).join('; '),
    bad.map((one) => one.value).join('; '),
    assemble(good),
  );
}
