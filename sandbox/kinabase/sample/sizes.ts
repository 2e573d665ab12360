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
