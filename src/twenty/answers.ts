import type { RateLimit } from './bucket.ts';
import type { RefusalReason } from './twenty.ts';

/** An HTTP answer of Twenty, its JSON parsed. `body` is undefined where the text was no JSON. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: unknown;
}

/** How a server says that its limit is reached: by status, or within a 200 of GraphQL (twenty.md O5, §4). */
export type ThrottlingForm = 'status 429' | 'status 400' | 'LIMIT_REACHED' | 'RATE_LIMITED' | 'other';

/** What an answer means, whatever form it came in (twenty.md O5, §4). */
export type Answer =
  | { readonly kind: 'ok'; readonly data: unknown; readonly body: unknown }
  | {
      readonly kind: 'throttled';
      readonly retryAfterMs: number | undefined;
      readonly limit: RateLimit | undefined;
      readonly form: ThrottlingForm;
      readonly message: string;
    }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly message: string;
      /** Found in the input, before anything was written; otherwise the database said it, and updates may stand. */
      readonly beforeWriting: boolean;
      /** "Maximum number of records to upsert is N". */
      readonly batchLimit: number | undefined;
      readonly status: number;
      readonly code: string;
    }
  /** The server answered that it can't at present; its work on the call has ended. */
  | { readonly kind: 'outage'; readonly message: string; readonly retryAfterMs: number | undefined }
  /** A gateway answered in its place: the server may still be working on the call. */
  | { readonly kind: 'unanswered'; readonly message: string };

interface Rule {
  readonly pattern: RegExp;
  readonly reason: RefusalReason;
  /** Raised by the checks of the input (twenty.md O2: nothing is written then), or by the database. */
  readonly stage: 'input' | 'database';
}

/** The texts of real refusals, first match wins. REST and GraphQL share them. */
const RULES: readonly Rule[] = [
  { pattern: /Maximum number of records to (?:upsert|create|update)/i, reason: 'too-many', stage: 'input' },
  { pattern: /request entity too large|payload too large/i, reason: 'too-large', stage: 'input' },
  { pattern: /Multiple records found with the same unique field values/i, reason: 'duplicate', stage: 'input' },
  {
    pattern: /duplicate entry was detected|already exists|duplicate key value/i,
    reason: 'duplicate',
    stage: 'database',
  },
  { pattern: /violates foreign key constraint/i, reason: 'foreign-key', stage: 'database' },
  { pattern: /Expected 1 record to connect|found 0|CONNECT_RECORD_NOT_FOUND/i, reason: 'foreign-key', stage: 'input' },
  { pattern: /violates not-null constraint/i, reason: 'missing-required', stage: 'database' },
  { pattern: /is not nullable and has no default value|is required/i, reason: 'missing-required', stage: 'input' },
  { pattern: /doesn't have any ".*" field/i, reason: 'unknown-field', stage: 'input' },
  {
    pattern: /object '.*' not found|Cannot query field|Unknown type|Unknown argument/i,
    reason: 'schema-changed',
    stage: 'input',
  },
  { pattern: /column .* (?:does not exist|of relation)/i, reason: 'schema-changed', stage: 'database' },
  {
    pattern: /Valid values are:|for multi select field|invalid input value for enum/i,
    reason: 'bad-option',
    stage: 'input',
  },
  {
    pattern: /does not have permission|Forbidden resource|permission denied|PERMISSION_DENIED/i,
    reason: 'unauthorized',
    stage: 'input',
  },
  { pattern: /Data validation error/i, reason: 'bad-value', stage: 'database' },
  { pattern: /Query path '.*' invalid|Filters are mandatory/i, reason: 'other', stage: 'input' },
  {
    pattern:
      /Invalid .*value|not a valid|not valid|is invalid|are conflicting|Invalid \w+ code|Max number of|must be|cannot be written/i,
    reason: 'bad-value',
    stage: 'input',
  },
];

const LIMIT_TEXT = /Limit reached(?: \((\d+) tokens per (\d+) ms\))?/i;
const BATCH_TEXT = /Maximum number of records to \w+ is (\d+)/i;

/** Codes of GraphQL errors (and of `error`/`code` in REST bodies) that settle the matter without the text. */
const THROTTLE_CODES = new Set(['LIMIT_REACHED', 'RATE_LIMITED', 'TOO_MANY_REQUESTS']);
const OUTAGE_CODES = new Set([
  'TRANSIENT_DATABASE_ERROR',
  'QUERY_READ_TIMEOUT',
  'SERVICE_UNAVAILABLE',
  'QUOTA_EXCEEDED',
]);
const UNAUTHORIZED_CODES = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'FORBIDDEN_EXCEPTION',
  'PERMISSION_DENIED',
  'INVALID_JWT_TOKEN_TYPE',
]);
/** Nothing but a person changes these: look again rarely. */
const QUOTA_RETRY_MS = 15 * 60_000;

/** A gateway or proxy that got no answer in time, or lost the connection: 408, 502, 504 and what CDNs use. */
const GATEWAY_STATUSES = new Set([408, 499, 502, 504, 520, 522, 524]);

/** An answer of the REST API. */
export function classifyRest(raw: RawAnswer): Answer {
  const body = asObject(raw.body);
  if (raw.status >= 200 && raw.status < 300) {
    if (body !== undefined) return { kind: 'ok', data: body.data, body };
    return notTwenty(raw);
  }
  const messages = Array.isArray(body?.messages) ? body.messages.map(String) : [];
  const message = messages.join('; ') || text(body?.message) || shorten(raw.text) || `HTTP ${raw.status}`;
  const code = text(body?.code) || text(body?.error) || '';
  return classify(raw, message, [code, text(body?.error) ?? ''], body ?? {});
}

/** An answer of the GraphQL API, which says nearly everything with HTTP 200. */
export function classifyGraphql(raw: RawAnswer): Answer {
  const body = asObject(raw.body);
  const errors = Array.isArray(body?.errors) ? body.errors : [];
  const first = asObject(errors[0]);
  if (first === undefined) {
    if (raw.status >= 200 && raw.status < 300 && body !== undefined && 'data' in body) {
      return { kind: 'ok', data: body.data, body };
    }
    return classifyRest(raw.status >= 200 && raw.status < 300 ? { ...raw, body: undefined } : raw);
  }
  const extensions = asObject(first.extensions);
  const codes = [text(extensions?.subCode) ?? '', text(extensions?.code) ?? ''];
  return classify(raw, describe(first, extensions), codes, extensions ?? {});
}

function classify(
  raw: RawAnswer,
  message: string,
  codes: readonly string[],
  details: Readonly<Record<string, unknown>>,
): Answer {
  const retryAfterMs = number(details.retryAfterMs) ?? seconds(details.retryAfterSeconds);
  const limit = LIMIT_TEXT.exec(message);
  if (raw.status === 429 || limit !== null || codes.some((code) => THROTTLE_CODES.has(code))) {
    return {
      kind: 'throttled',
      message,
      retryAfterMs: retryAfterMs ?? retryAfter(raw.headers),
      limit: limitOf(limit, raw, details),
      form: throttlingForm(raw.status, codes, limit !== null),
    };
  }
  if (GATEWAY_STATUSES.has(raw.status)) return { kind: 'unanswered', message: `HTTP ${raw.status}: ${message}` };
  if (raw.status === 402 || raw.status === 409 || codes.includes('QUOTA_EXCEEDED')) {
    return { kind: 'outage', message, retryAfterMs: retryAfterMs ?? QUOTA_RETRY_MS };
  }
  const refusal = (reason: RefusalReason, stage: Rule['stage']): Answer => ({
    kind: 'refused',
    reason,
    message,
    beforeWriting: stage === 'input',
    batchLimit: number(BATCH_TEXT.exec(message)?.[1]),
    status: raw.status,
    code: codes.find((code) => code !== '') ?? '',
  });
  if (raw.status === 401 || raw.status === 403 || codes.some((code) => UNAUTHORIZED_CODES.has(code))) {
    return refusal('unauthorized', 'input');
  }
  if (raw.status === 413) return refusal('too-large', 'input');
  if (codes.some((code) => OUTAGE_CODES.has(code))) return { kind: 'outage', message, retryAfterMs };
  const rule = RULES.find((candidate) => candidate.pattern.test(message));
  if (rule !== undefined) return refusal(rule.reason, rule.stage);
  if (codes.includes('GRAPHQL_VALIDATION_FAILED')) return refusal('schema-changed', 'input');
  if (raw.status >= 500 || codes.includes('INTERNAL_SERVER_ERROR')) {
    return { kind: 'outage', message: `HTTP ${raw.status}: ${message}`, retryAfterMs: retryAfter(raw.headers) };
  }
  if (raw.status >= 300 && raw.status < 400) {
    return refusal('other', 'input');
  }
  return refusal('other', 'database');
}

/** 2xx without JSON: a proxy's page, or an answer cut short. The call may have been done. */
function notTwenty(raw: RawAnswer): Answer {
  return { kind: 'unanswered', message: `HTTP ${raw.status} without a readable body: ${shorten(raw.text)}` };
}

const PERIODS: Readonly<Record<string, number>> = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/** The limit by the text, else by the members beside it, else by the headers, which name no window. */
function limitOf(
  match: RegExpExecArray | null,
  raw: RawAnswer,
  details: Readonly<Record<string, unknown>>,
): RateLimit | undefined {
  const [, said, window] = match ?? [];
  if (said !== undefined && window !== undefined) return { tokens: Number(said), windowMs: Number(window) };
  const tokens = number(details.limit) ?? number(raw.headers['x-ratelimit-limit']);
  if (tokens === undefined) return undefined;
  const unit = PERIODS[String(details.periodUnit).toUpperCase()];
  const period = number(details.periodCount);
  return { tokens, windowMs: unit === undefined || period === undefined ? 60_000 : period * unit };
}

/** Within a 200, 1.x says it by its text alone (twenty.md §4). */
function throttlingForm(status: number, codes: readonly string[], byText: boolean): ThrottlingForm {
  if (status === 429) return 'status 429';
  if (status === 400) return 'status 400';
  if (codes.includes('RATE_LIMITED')) return 'RATE_LIMITED';
  return byText || codes.includes('LIMIT_REACHED') ? 'LIMIT_REACHED' : 'other';
}

/** Retry-After in milliseconds. Only the form in seconds: a date would need the server's clock. */
export function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  return seconds(headers['retry-after']);
}

/** Metadata errors carry the useful text two levels down (twenty.md O6). */
function describe(
  error: Readonly<Record<string, unknown>>,
  extensions: Readonly<Record<string, unknown>> | undefined,
): string {
  const message = text(error.message) ?? 'refused without a message';
  const groups = asObject(extensions?.errors);
  if (groups === undefined) return message;
  const details = Object.values(groups)
    .flatMap((group) => (Array.isArray(group) ? group : []))
    .flatMap((entry) => {
      const errors = asObject(entry)?.errors;
      return Array.isArray(errors) ? errors : [];
    })
    .map((detail) => text(asObject(detail)?.message) ?? '')
    .filter((detail) => detail !== '');
  return details.length === 0 ? message : `${message}: ${[...new Set(details)].join('; ')}`;
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

function seconds(value: unknown): number | undefined {
  const found = number(value);
  return found === undefined ? undefined : Math.max(0, Math.ceil(found * 1000));
}

function shorten(value: string): string {
  const flat = value.replace(/\s+/g, ' ').trim();
  return flat.length > 300 ? `${flat.slice(0, 300)}…` : flat;
}
