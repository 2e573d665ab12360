import { Refusal, type RefusalFace } from '../errors.ts';

/** How a version says that the limit is reached (twenty.md O5, §4). The last one also tells it with every REST answer. */
export const THROTTLING_FORMS = [
  'limit-reached-400',
  'limit-reached-429',
  'rate-limited-429',
  'rate-limited-429-and-headers',
] as const;

export type ThrottlingForm = (typeof THROTTLING_FORMS)[number];

/** The bucket as it stands when a call is answered. */
export interface BucketState {
  readonly tokens: number;
  readonly windowMs: number;
  readonly remaining: number;
  /** Until the next token is there. */
  readonly nextTokenMs: number;
}

type Headers = Readonly<Record<string, string>>;

interface Form {
  readonly message: (bucket: BucketState) => string;
  readonly face: (bucket: BucketState) => RefusalFace;
  /** Headers of a REST answer that was granted. */
  readonly granted: (bucket: BucketState) => Headers;
}

const LIMIT_REACHED = {
  restError: 'HttpException',
  code: 'BAD_USER_INPUT',
  userFriendlyMessage: 'Rate limit reached. Please try again later.',
} as const;

const FORMS: Readonly<Record<ThrottlingForm, Form>> = {
  'limit-reached-400': {
    message: tokensPerWindow,
    face: () => ({ ...LIMIT_REACHED, status: 400, restError: 'BadRequestException' }),
    granted: () => ({}),
  },
  'limit-reached-429': {
    message: tokensPerWindow,
    face: () => ({ ...LIMIT_REACHED, status: 429, subCode: 'LIMIT_REACHED' }),
    granted: () => ({}),
  },
  'rate-limited-429': { message: inWords, face: rateLimited, granted: () => ({}) },
  'rate-limited-429-and-headers': { message: inWords, face: rateLimited, granted: rateHeaders },
};

function tokensPerWindow({ tokens, windowMs }: BucketState): string {
  return `Limit reached (${tokens} tokens per ${windowMs} ms)`;
}

/** The numbers stand beside the text, not in it. */
function inWords(): string {
  return 'Too many requests. Please try again later.';
}

function rateHeaders({ tokens, remaining, nextTokenMs }: BucketState): Headers {
  return {
    'x-ratelimit-limit': String(tokens),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(nextTokenMs / 1000)),
  };
}

function rateLimited(bucket: BucketState): RefusalFace {
  const seconds = Math.max(1, Math.ceil(bucket.nextTokenMs / 1000));
  const said = { limitKind: 'RATE', scope: 'WORKSPACE', limit: bucket.tokens, remaining: bucket.remaining };
  return {
    status: 429,
    restError: 'RATE_LIMITED',
    restExtra: { ...said, periodCount: bucket.windowMs / 1000, periodUnit: 'SECOND', retryAfterSeconds: seconds },
    code: 'RATE_LIMITED',
    extra: { ...said, retryAfterMs: bucket.nextTokenMs },
    headers: { 'retry-after': String(seconds), ...rateHeaders(bucket) },
  };
}

export function limitReached(form: ThrottlingForm, bucket: BucketState): Refusal {
  return new Refusal(FORMS[form].message(bucket), FORMS[form].face(bucket));
}

export function grantedHeaders(form: ThrottlingForm, bucket: BucketState | undefined): Headers {
  return bucket === undefined ? {} : FORMS[form].granted(bucket);
}
