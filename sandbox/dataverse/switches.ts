/**
 * Behaviours that no public text settles, or on which texts disagree. Each has a default, and a test can take the
 * other one: a connector must hold under both.
 */
export interface Switches {
  /** HTTP status of an expired or invalidated delta token; only the code 0x80044352 is documented. */
  readonly expiredStatus: 400 | 410 | 500;
  /** Whether a change of a table's metadata expires its delta tokens, as a public code base reports. */
  readonly metadataExpiresTokens: boolean;
  /** Whether annotations and change tracking together lose the delta link on the last page (reported for v8.2). */
  readonly annotationsLoseDeltaLink: boolean;
  /** A delta without changes: `value` is an empty list, or is left out ("an empty JSON response"). */
  readonly emptyDelta: 'list' | 'absent';
  /** Whether Retry-After is a number of seconds or a date. */
  readonly retryAfter: 'seconds' | 'date';
  /** Status and code where change tracking is asked of a table that has none. */
  readonly untracked: { readonly status: number; readonly code: string };
  /** Days after which a delta token expires: organizations.expirechangetrackingindays. */
  readonly expireChangeTrackingInDays: number;
  /** Seconds for which an access token is valid. */
  readonly tokenSeconds: number;
  /** Age up to which definitions may be served stale, milliseconds; `Consistency: Strong` always gives the newest. */
  readonly metadataStaleMs: number;
  /** Age up to which RetrieveTotalRecordCount may be stale, milliseconds; 24 hours in reality. */
  readonly totalCountStaleMs: number;
  /** Bytes of base64 that a note or attachment may have: organizations.maxuploadfilesize. */
  readonly maxUploadFileSize: number;
  /** Language of UserLocalizedLabel and of formatted values: 1033 or 1055. */
  readonly userLanguage: number;
  /** Web servers of the environment; each keeps its own limits, and the cookie ARRAffinity pins one. */
  readonly servers: number;
}

export const DEFAULT_SWITCHES: Switches = {
  expiredStatus: 400,
  metadataExpiresTokens: true,
  annotationsLoseDeltaLink: false,
  emptyDelta: 'list',
  retryAfter: 'seconds',
  untracked: { status: 400, code: '0x80060888' },
  expireChangeTrackingInDays: 7,
  tokenSeconds: 3599,
  metadataStaleMs: 0,
  totalCountStaleMs: 0,
  maxUploadFileSize: 131_072_000,
  userLanguage: 1033,
  servers: 1,
};
