import type { LimitKind } from './http/protection.ts';

/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly message?: string }
  /** 429, with a Retry-After between the two. */
  | { readonly kind: 'throttle'; readonly limit: LimitKind; readonly seconds: readonly [least: number, most: number] }
  /** A page of a gateway instead of JSON. */
  | { readonly kind: 'html'; readonly status: number }
  /** The answer breaks off in the middle, at a length that looks whole. */
  | { readonly kind: 'truncated' }
  /** Links lead to another origin. */
  | { readonly kind: 'foreignLinks'; readonly origin: string }
  /** Neither a next link nor a delta link. */
  | { readonly kind: 'noLinks' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** The connection is cut before anything happens. */
  | { readonly kind: 'drop' }
  /** The work is done, then the connection is cut. */
  | { readonly kind: 'answerLost' }
  | { readonly kind: 'delay'; readonly ms: number };
