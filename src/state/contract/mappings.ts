export interface MappingRow {
  readonly source: string;
  readonly hash: string;
  readonly text: string;
  readonly confirmedBy: string;
  readonly confirmedAt: number;
}

export interface Mappings {
  confirm(row: MappingRow): Promise<void>;
  /** The last one confirmed. */
  current(source: string): Promise<MappingRow | null>;
  history(source: string): Promise<readonly MappingRow[]>;
}
