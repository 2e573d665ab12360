/** Legal Avro and topic names of names of any alphabet (design §7). */
export interface Names {
  all(scope: string): Promise<ReadonlyMap<string, string>>;
  add(scope: string, pairs: readonly { readonly name: string; readonly legal: string }[]): Promise<void>;
}
