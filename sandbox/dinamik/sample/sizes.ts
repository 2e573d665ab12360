/** Rows of the sample, by controller. */
export const SIZES = {
  Company: 120,
  Contact: 480,
  Lead: 120,
  Opportunity: 180,
  Activity: 600,
  Appointment: 120,
  Invoice: 110,
  Ticket: 60,
  Feedback: 50,
  /** Modules that this account has beside those of the product. */
  Site: 40,
  Machine: 60,
  ServiceContract: 40,
  Training: 20,
  Student: 50,
  Inspection: 50,
} as const;

export type Sizes = Readonly<Record<keyof typeof SIZES, number>>;

export function sizesOf(share: number): Sizes {
  const entries = Object.entries(SIZES).map(([name, size]) => [name, Math.max(3, Math.round(size * share))]);
  return Object.fromEntries(entries) as Record<keyof typeof SIZES, number>;
}
