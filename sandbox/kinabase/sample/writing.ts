import type { Random } from '../../../src/core/ports.ts';
import { Draws } from '../../simulator/draws.ts';
import type { Data, Link } from '../store/model.ts';
import type { RecordExtras, Workspace } from '../store/workspace.ts';
import type { Sizes } from './sizes.ts';

/** First day of the sample's history, and its length in days; the last day is that of the export of the other samples. */
const BEGINS = Date.UTC(2023, 0, 9, 8);
const DAYS = 1_150;
const DAY_MS = 86_400_000;

/** Writes the records of the sample: ids and times come of the seed alone. */
export class Writing extends Draws {
  readonly workspace: Workspace;
  /** Records of each collection. */
  readonly sizes: Sizes;

  constructor(workspace: Workspace, random: Random, sizes: Sizes) {
    super(random);
    this.workspace = workspace;
    this.sizes = sizes;
  }

  /** A record with times of its own. */
  record(collection: string, data: Data, extras: RecordExtras = {}): string {
    const createdAt = BEGINS + this.whole(0, DAYS * 24 * 60) * 60_000;
    const updatedAt = createdAt + this.whole(0, 60) * DAY_MS;
    return this.workspace.create(collection, data, { id: this.uuid(), createdAt, updatedAt, ...extras }).id;
  }

  link(ids: readonly string[]): Link {
    return { id: this.pick(ids) };
  }

  /** With this probability a link, else null. */
  perhaps(probability: number, ids: readonly string[]): Link | null {
    return this.chance(probability) ? this.link(ids) : null;
  }

  moment(): string {
    return new Date(BEGINS + this.whole(0, DAYS * 24 * 60) * 60_000).toISOString();
  }

  day(): string {
    return this.moment().slice(0, 10);
  }
}
