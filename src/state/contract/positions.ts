export interface Positions {
  get(group: string, topic: string, partition: number): Promise<number | null>;
  set(group: string, topic: string, partition: number, next: number): Promise<void>;
  all(group: string): Promise<readonly { topic: string; partition: number; next: number }[]>;
}

export interface Checkpoints {
  get(source: string, object: string): Promise<Readonly<Record<string, unknown>> | null>;
  set(source: string, object: string, checkpoint: Readonly<Record<string, unknown>>, now: number): Promise<void>;
}
