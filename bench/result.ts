/** What every benchmark gives, and bench/main.ts prints as its last line. */
export interface BenchResult {
  readonly bench: string;
  readonly figures: Readonly<Record<string, number>>;
  /** By the figure's name, in words: ">= 0.98". */
  readonly goals: Readonly<Record<string, string>>;
  readonly holds: boolean;
}
