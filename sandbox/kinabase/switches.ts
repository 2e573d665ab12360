/**
 * Behaviours that the public pages leave open, or on which they disagree (sources.md B). Each has a default, and a test can
 * take the other one: a connector must hold under both.
 */
export interface Switches {
  /** Name of the secret in the call for a token: the documentation's, or the one that public clients send. */
  readonly secretField: 'appSecret' | 'secret';
  /** Seconds for which a token is valid: one hour, as documented. */
  readonly tokenSeconds: number;
  /** Whether a 429 says how long to wait. */
  readonly retryAfter: 'seconds' | 'absent';
  /** Whether a record changed at exactly the time asked for is among those after it. */
  readonly updatedAfter: 'inclusive' | 'exclusive';
  /** In which order records come. */
  readonly order: 'created' | 'updated' | 'shuffled';
  /** Whether records carry createdAt and updatedAt. */
  readonly recordTimes: boolean;
  /** What the list of collections tells of each: nothing but id, slug and name; or its fields with types and formulas too. */
  readonly collections: 'bare' | 'with-fields';
  /** Whether the list of collections is an array, or an object that holds one. */
  readonly collectionsIn: 'array' | 'object';
  /** Whether the whole of a collection can be read in one call, and up to how many records. */
  readonly all: boolean;
  readonly allRecords: number;
  /** Whether lists of sub-records come with that call too, or with pages only. */
  readonly listsInAll: boolean;
  /** Largest page; `ignored`: always ten records, whatever was asked for. */
  readonly pageSize: 300 | 'ignored';
  /** Whether an activity on a record counts as a change of the record. */
  readonly activitiesTouch: boolean;
  /** Status for a record that is gone. */
  readonly goneStatus: 404 | 400;
  /** How an id of another record stands in a value. */
  readonly links: 'object' | 'text';
  /** Whether answers carry a Date header. */
  readonly dateHeader: boolean;
}

export const DEFAULT_SWITCHES: Switches = {
  secretField: 'appSecret',
  tokenSeconds: 3600,
  retryAfter: 'absent',
  updatedAfter: 'exclusive',
  order: 'created',
  recordTimes: true,
  collections: 'bare',
  collectionsIn: 'array',
  all: true,
  allRecords: 100_000,
  listsInAll: true,
  pageSize: 300,
  activitiesTouch: true,
  goneStatus: 404,
  links: 'object',
  dateHeader: true,
};
