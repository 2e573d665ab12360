import type { RecordPage } from './api.ts';
import type { RawRecord } from './raw.ts';

/** One read of a whole collection, however many answers it takes. */
export class Sweep {
  /** Records that were seen in it, or told as changed since it began: none of them counts as absent. */
  readonly ids = new Set<string>();
  /** When it began, by the service's clock. */
  began: number | null;
  /** The next page. */
  next = 0;
  /** As the last page told. */
  total = 0;
  /** Records that came more than once. */
  repeated = 0;
  #paged = 0;

  constructor(began: number | null) {
    this.began = began;
  }

  sawPage(page: RecordPage): void {
    this.began ??= page.at;
    this.next = page.index + 1;
    this.total = page.total;
    this.saw(page.records);
  }

  saw(records: readonly RawRecord[]): void {
    for (const { id } of records) {
      if (this.ids.has(id)) this.repeated += 1;
      else this.#paged += 1;
      this.ids.add(id);
    }
  }

  sawIds(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id);
  }

  /** Whether as many records were seen as the source says it has. */
  complete(rejected: number): boolean {
    return Math.max(this.#paged, this.ids.size) + rejected >= this.total;
  }
}
