import { partitionOf } from '../../bus/partitioner.ts';

export interface Place {
  readonly partition: number;
  readonly offset: number;
}

const FIRST_ROOM = 1024;

/** Where the messages of a topic with one partition stand in one with several: ten bytes a message. */
export class TopicPlaces {
  readonly partitions: number;
  readonly #start: number;
  #partition: Uint16Array<ArrayBuffer>;
  #offset: Float64Array<ArrayBuffer>;
  #known = 0;
  /** By a position in the old topic: the positions in the new one, by partition. */
  readonly #positions = new Map<number, readonly number[]>();

  /** `start`: the first offset that the old topic still has. */
  constructor(start: number, partitions: number) {
    this.#start = start;
    this.partitions = partitions;
    this.#partition = new Uint16Array(FIRST_ROOM);
    this.#offset = new Float64Array(FIRST_ROOM);
  }

  /** In the order of the old offsets. */
  add({ partition, offset }: Place): void {
    if (this.#known === this.#offset.length) this.#grow();
    this.#partition[this.#known] = partition;
    this.#offset[this.#known] = offset;
    this.#known += 1;
  }

  note(position: number, next: readonly number[]): void {
    this.#positions.set(position, next);
  }

  /**
   * What was removed from the old log before it moved is in neither; it keeps a place of its own, with a negative offset,
   * in the partition of its key.
   */
  place(offset: number, key: string): Place {
    const at = offset - this.#start;
    const partition = this.#partition[at];
    const found = this.#offset[at];
    if (at >= 0 && at < this.#known && partition !== undefined && found !== undefined)
      return { partition, offset: found };
    return { partition: partitionOf(key, this.partitions), offset: offset < 0 ? offset : -2 - offset };
  }

  /** The next offsets to read, by partition. @throws for a position that was not asked for before the copy */
  positions(position: number): readonly number[] {
    const found = this.#positions.get(position);
    if (found === undefined) throw new Error(`position ${position} was not noted`);
    return found;
  }

  #grow(): void {
    const [partition, offset] = [this.#partition, this.#offset];
    this.#partition = new Uint16Array(2 * partition.length);
    this.#offset = new Float64Array(2 * offset.length);
    this.#partition.set(partition);
    this.#offset.set(offset);
  }
}
