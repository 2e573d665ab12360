/** Small JSON values by name: deployment id, budget, schema hash … */
export interface Settings {
  /** Undefined where it was never set. */
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown): Promise<void>;
  delete(name: string): Promise<void>;
}
