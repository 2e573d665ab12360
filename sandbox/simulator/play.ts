import type { Random } from '../../src/core/ports.ts';

/** One thing that somebody does. `any` draws a row of that kind; the deed's number makes what it writes its own. Says what was done. */
export type Deed<World, Row> = (world: World, any: (kind: string) => Row, number: number) => string;

export interface PlayParts<World, Row> {
  readonly world: World;
  readonly deeds: readonly Deed<World, Row>[];
  readonly rowsOf: (kind: string) => readonly Row[];
  readonly random: Random;
}

/** People at work, for whoever lets them go on. */
export interface Working {
  /** Deeds done so far. */
  readonly deeds: number;
  /** Does the next thing; says what. */
  next(): string;
}

/** What people do while the sync runs: one deed at a time, the same deeds from the same seed. */
export class Play<World, Row> implements Working {
  readonly #parts: PlayParts<World, Row>;
  #done = 0;

  constructor(parts: PlayParts<World, Row>) {
    this.#parts = parts;
  }

  get deeds(): number {
    return this.#done;
  }

  next(): string {
    const { world, deeds } = this.#parts;
    const deed = deeds[this.#done % deeds.length];
    this.#done += 1;
    return deed === undefined ? '' : deed(world, (kind) => this.#any(kind), this.#done);
  }

  #any(kind: string): Row {
    const { rowsOf, random } = this.#parts;
    const rows = rowsOf(kind);
    const row = rows[Math.floor(random.next() * rows.length)];
    if (row === undefined) throw new Error(`no row of ${kind} is left`);
    return row;
  }
}
