export type OwnerDecision =
  | { readonly kind: 'unresolved' }
  | {
      readonly kind: 'member';
      readonly memberId: string;
      /** What stood until the member was there, and stands again if the member leaves. */
      readonly before?: LoadedWithout;
    }
  | { readonly kind: 'substitute'; readonly memberId: string; readonly by: string; readonly email: string }
  | {
      readonly kind: 'waived';
      readonly by: string;
      /** That waited when it was decided; null where none did yet, as before the first read: a report counts those of now. */
      readonly records: number | null;
    }
  | LoadedWithout;

/** Records are loaded without the owner. */
export interface LoadedWithout {
  readonly kind: 'without';
  readonly by: string;
  /** `member`: filled in once the owner is a member. `decided`: the owner was a member already, so only a person changes it. */
  readonly until: 'member' | 'decided';
}

export interface OwnerRow {
  readonly source: string;
  readonly reference: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly active: boolean;
  readonly decision: OwnerDecision;
  readonly decidedAt: number | null;
}

export interface Owners {
  get(source: string, references: readonly string[]): Promise<ReadonlyMap<string, OwnerRow>>;
  put(rows: readonly OwnerRow[]): Promise<void>;
  all(source: string | null): Promise<readonly OwnerRow[]>;
}
