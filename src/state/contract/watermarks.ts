import type { OrderingKey } from '../../events/event.ts';

export interface WatermarkRow {
  readonly source: string;
  readonly object: string;
  readonly snapshot: string;
  readonly order: OrderingKey;
  readonly rows: number;
  readonly rejected: number;
  readonly retained: number;
  readonly observedAt: number;
  /** Live keys known at the end watermark: identity B compares it. */
  readonly live: number;
}

export interface Watermarks {
  /** @param ahead how many more live keys are known now than at the watermark: some partitions were read beyond it. */
  put(row: Omit<WatermarkRow, 'live'>, ahead?: number): Promise<void>;
  latest(source: string | null): Promise<readonly WatermarkRow[]>;
}
