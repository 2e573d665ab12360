import type { Api, Batch, RecordPage } from './api.ts';
import type { Collection } from './catalogue.ts';
import type { RawRecord } from './raw.ts';
import type { Settings } from './settings.ts';

/** What discovery looked at. */
export interface Sample {
  readonly collection: Collection;
  readonly records: readonly RawRecord[];
  readonly total: number;
  /** Whether all records are in it. */
  readonly whole: boolean;
}

/** Pages that are looked at in a collection that is too large to be looked at whole. */
const PAGES = 5;

/** A look at a collection: whole where it is small, else pages from its beginning to its end. */
export async function sampleOf(api: Api, collection: Collection, settings: Settings): Promise<Sample> {
  const first = await api.page(collection.raw, 0, null);
  const { total } = first;
  if (first.records.length >= total) return { collection, records: first.records, total, whole: true };
  const all = total <= settings.discoveryRecords ? await api.whole(collection.raw, null) : null;
  const count = (all?.records.length ?? 0) + (all?.rejects.length ?? 0);
  if (all !== null && (count >= total || (await api.isAll(collection.raw, count)))) {
    // Whether that call gives lists of sub-records too is not documented; pages do.
    const paged = new Map(first.records.map((record) => [record.id, record]));
    const records = all.records.map((record) => paged.get(record.id) ?? record);
    return { collection, records, total: records.length, whole: true };
  }
  const pages = await spread(api, collection, first);
  const records = new Map(pages.flatMap((page) => page.records.map((record) => [record.id, record] as const)));
  return { collection, records: [...records.values()], total, whole: records.size >= total };
}

async function spread(api: Api, collection: Collection, first: RecordPage): Promise<readonly Batch[]> {
  const last = Math.ceil(first.total / first.size) - 1;
  const places = Array.from({ length: PAGES - 1 }, (_, at) => Math.round((last * (at + 1)) / (PAGES - 1)));
  const pages: Batch[] = [first];
  for (const index of new Set(places.filter((place) => place > 0)))
    pages.push(await api.filledPage(collection.raw, index, null));
  return pages;
}
