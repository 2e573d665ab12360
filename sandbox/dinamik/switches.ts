/**
 * Behaviours of the API that no public text settles (sources.md C). Each has a default, and a test can take another one:
 * the connector must hold under all of them.
 */
export interface Switches {
  /** How records are listed: by page; all at once up to a number of rows; or not at all, only one by one. */
  readonly lists: 'pages' | 'rows' | 'none';
  /** Most rows that a page or a list gives, whatever was asked; null: as many as asked. */
  readonly mostRows: number | null;
  /** Whether the envelope tells how many records there are in all; its `count` is only the length of the page. */
  readonly totals: boolean;
  /** Addresses, e-mails, phones and own fields: by routes of their own, only in the single record, or in every row. */
  readonly details: 'routes' | 'entity' | 'rows';
  /** Names of members as .NET writes them by default, or as its properties are called. */
  readonly names: 'camel' | 'pascal';
  /** How a refusal is told: by the HTTP status, or with 200 and a flag in the envelope. */
  readonly refusals: 'status' | 'flag';
  /** What is answered for an id that is not there. */
  readonly absent: 'status' | 'null' | 'flag';
  /** Whether a 429 says how long to wait. */
  readonly retryAfter: boolean;
  /** Name of a parameter that gives only what was changed since; null: there is none. */
  readonly since: string | null;
  /** Order of lists. */
  readonly order: 'id' | 'newest-first';
  /** Whether the id of a deleted record is given to the next new one. */
  readonly reuseIds: boolean;
  /** Path of the login below the host. */
  readonly loginPath: string;
  /** Where the answer to the login has the token. */
  readonly tokenIn: 'top' | 'entity';
  /** Seconds for which a token is valid. */
  readonly tokenSeconds: number;
  /** IANA zone in which dates are written, without naming it. */
  readonly timezone: string;
}

export const DEFAULT_SWITCHES: Switches = {
  lists: 'pages',
  mostRows: null,
  totals: false,
  details: 'routes',
  names: 'camel',
  refusals: 'status',
  absent: 'status',
  retryAfter: false,
  since: null,
  order: 'id',
  reuseIds: false,
  loginPath: '/v1/api/Auth/Login',
  tokenIn: 'top',
  tokenSeconds: 1_200,
  timezone: 'Europe/Istanbul',
};
