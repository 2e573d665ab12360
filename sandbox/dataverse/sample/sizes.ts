/** Rows of the sample, by table. */
export const SIZES = {
  account: 400,
  contact: 3_000,
  lead: 600,
  opportunity: 900,
  incident: 300,
  product: 40,
  annotation: 200,
  /** Of all four kinds together. */
  activities: 6_000,
  opx_project: 60,
  opx_inspection: 120,
} as const;
