/** Rows of the sample, by table. */
export const SIZES = {
  account: 400,
  contact: 3_000,
  lead: 600,
  opportunity: 900,
  incident: 300,
  product: 40,
  /** One in each of two price lists. */
  productpricelevel: 80,
  annotation: 200,
  /** Of all four kinds together. */
  activities: 6_000,
  opx_project: 60,
  opx_inspection: 120,
} as const;

export type Sizes = Readonly<Record<keyof typeof SIZES, number>>;

/** Enough of each table for every kind of row that the sample has. */
const LEAST = 12;

/** A firm of the same kind, so many times as large. */
export function sizesOf(share: number): Sizes {
  const sizes = Object.fromEntries(
    Object.entries(SIZES).map(([table, size]) => [table, Math.max(LEAST, Math.round(size * share))]),
  ) as Record<keyof typeof SIZES, number>;
  return { ...sizes, productpricelevel: sizes.product * 2 };
}
