/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  /** Status 200, and an envelope that says that something failed. */
  | { readonly kind: 'flag'; readonly message: string }
  /** Status 200, and a sentence instead of an envelope. */
  | { readonly kind: 'text'; readonly text: string }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncated' }
  /** The token stops being valid, whatever its age. */
  | { readonly kind: 'tokenExpired' }
  /** A page without rows, although there are more. */
  | { readonly kind: 'emptyPage' }
  /** Somebody makes or deletes a record of this module before the page is read. */
  | { readonly kind: 'moves'; readonly deed: 'insert' | 'delete' }
  /** The last row of the page before stands on this one again. */
  | { readonly kind: 'repeatedRow' }
  /** As if nothing had ever been there. */
  | { readonly kind: 'noRoute' }
  /** Addresses, e-mails and the like are not found, and the answer says that there are none. */
  | { readonly kind: 'emptyDetails' }
  /** The connection is cut before anything happens. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly ms: number };
