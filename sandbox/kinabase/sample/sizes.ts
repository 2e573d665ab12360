/** Records of the sample, by collection. */
export const SIZES = {
  companies: 400,
  people: 1_600,
  teams: 12,
  deals: 500,
  projects: 160,
  tasks: 700,
  interactions: 1_000,
  documents: 80,
  sites: 200,
  assets: 300,
  contracts: 120,
  tickets: 240,
} as const;

export type Sizes = Readonly<Record<keyof typeof SIZES, number>>;

/** Enough of each collection for every kind of record that the sample has. */
const LEAST = 12;

/** A firm of the same kind, so many times as large. */
export function sizesOf(share: number): Sizes {
  const entries = Object.entries(SIZES).map(([name, size]) => [name, Math.max(LEAST, Math.round(size * share))]);
  return Object.fromEntries(entries) as Record<keyof typeof SIZES, number>;
}
