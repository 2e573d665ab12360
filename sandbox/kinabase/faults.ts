/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  /** 429, with a Retry-After where seconds are given. */
  | { readonly kind: 'throttle'; readonly seconds?: number }
  /** An error text, with status 200. */
  | { readonly kind: 'error-in-answer'; readonly message: string }
  /** A page of a gateway instead of JSON. */
  | { readonly kind: 'html'; readonly status: number }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncated' }
  /** A page without records, in the middle of others. */
  | { readonly kind: 'empty-page' }
  /** The page tells another total than the others do. */
  | { readonly kind: 'other-total'; readonly total: number }
  /** The page begins with the last record of the page before. */
  | { readonly kind: 'repeated-record' }
  /** Records are left out that are there. */
  | { readonly kind: 'blind'; readonly ids: readonly string[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly ms: number };
