import { describe, expect, it } from 'vitest';
import { type Answer, classifyGraphql, classifyRest, type RawAnswer } from './answers.ts';
import { exchange } from './testing.ts';

function raw(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return {
    status,
    headers,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    body: typeof body === 'string' ? undefined : body,
  };
}

function recorded(title: string): Answer {
  const { request, response } = exchange(title);
  const answer = raw(response.status, response.body, response.headers);
  return request.path.startsWith('/rest') ? classifyRest(answer) : classifyGraphql(answer);
}

function graphqlError(message: string, extensions: Record<string, unknown>): Answer {
  return classifyGraphql(raw(200, { data: null, errors: [{ message, extensions }] }));
}

describe('what a recorded refusal of a real 2.21.0 server means', () => {
  const cases: readonly (readonly [title: string, reason: string, beforeWriting: boolean])[] = [
    ['batch create with an id that exists', 'duplicate', false],
    ['upsert where id and unique value match two rows', 'duplicate', true],
    ['upsert with unknown field', 'unknown-field', true],
    ['upsert with UUID version 7', 'bad-value', true],
    ['upsert 201 rows', 'too-many', true],
    ['person with a bad e-mail', 'bad-value', true],
    ['person with a bad select value', 'bad-option', true],
    ['person whose company does not exist', 'foreign-key', false],
    ['person with a NUL character', 'bad-value', false],
    ['GraphQL duplicate without upsert', 'duplicate', false],
    ['GraphQL unknown field', 'unknown-field', true],
    ['unknown object', 'schema-changed', true],
    ['create a workspace member', 'unauthorized', true],
    ['invite a member', 'unauthorized', true],
    ['bad token', 'unauthorized', true],
    ['create field with a reserved name', 'other', false],
  ];
  it.each(cases)('%s → %s', (title, reason, beforeWriting) => {
    expect(recorded(title)).toMatchObject({ kind: 'refused', reason, beforeWriting });
  });

  it.each([
    'REST over the limit (default: 100 per 60 s), after 100 accepted calls',
    'GraphQL over the limit',
    'GraphQL batch write over the limit',
  ])('%s is throttling, and tells the limit', (title) => {
    expect(recorded(title)).toMatchObject({ kind: 'throttled', limit: { tokens: 100, windowMs: 60_000 } });
  });

  it('says how many rows a call may have', () => {
    expect(recorded('upsert 201 rows')).toMatchObject({ batchLimit: 200 });
  });

  it('a metadata refusal carries the text that helps, not only the general one', () => {
    expect(recorded('create field with a name that exists')).toMatchObject({
      message: expect.stringContaining('"sourceKey" is not available'),
    });
  });

  it.each(['batch create', 'restore by GraphQL', 'group by with aggregates', 'destroy'])(
    '%s is an ordinary answer',
    (title) => {
      expect(recorded(title).kind).toBe('ok');
    },
  );
});

describe('forms that other versions use', () => {
  it('an early REST 400 "Limit reached" is throttling', () => {
    const answer = classifyRest(raw(400, { statusCode: 400, messages: ['Limit reached (50 tokens per 60000 ms)'] }));
    expect(answer).toMatchObject({ kind: 'throttled', limit: { tokens: 50, windowMs: 60_000 } });
  });

  it('RATE_LIMITED with headers gives the wait and the limit', () => {
    const body = { statusCode: 429, error: 'RATE_LIMITED', messages: ['slow down'], limit: 50, retryAfterSeconds: 3 };
    expect(classifyRest(raw(429, body, { 'retry-after': '7' }))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 3000,
      limit: { tokens: 50, windowMs: 60_000 },
    });
    expect(classifyRest(raw(429, 'busy', { 'retry-after': '7' }))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 7000,
    });
    expect(graphqlError('slow down', { code: 'RATE_LIMITED', retryAfterMs: 1200, limit: 50 })).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 1200,
      limit: { tokens: 50, windowMs: 60_000 },
    });
  });

  it('a body over 10 MB is answered with 500 and plain text, and is too large for good', () => {
    expect(classifyRest(raw(500, 'request entity too large'))).toMatchObject({ kind: 'refused', reason: 'too-large' });
    expect(classifyRest(raw(413, '<html>413</html>'))).toMatchObject({ kind: 'refused', reason: 'too-large' });
  });

  it('403 is the key, 400 PERMISSION_DENIED the role: neither is an outage', () => {
    expect(classifyRest(raw(403, { statusCode: 403, error: 'FORBIDDEN_EXCEPTION', messages: ['x'] }))).toMatchObject({
      kind: 'refused',
      reason: 'unauthorized',
    });
    expect(graphqlError('no', { code: 'FORBIDDEN' })).toMatchObject({ kind: 'refused', reason: 'unauthorized' });
  });

  it('NUL by GraphQL is a bad value for good, though it says INTERNAL_SERVER_ERROR', () => {
    expect(graphqlError('Data validation error.', { code: 'INTERNAL_SERVER_ERROR' })).toMatchObject({
      kind: 'refused',
      reason: 'bad-value',
    });
  });

  it.each([500, 503, 521])('%i of the application is an outage: its work on the call has ended', (status) => {
    expect(classifyRest(raw(status, { statusCode: status, messages: ['x'] })).kind).toBe('outage');
  });

  it.each([408, 502, 504, 524])('%i of a gateway is no answer: the server may still be writing', (status) => {
    expect(classifyRest(raw(status, '<html>gateway</html>')).kind).toBe('unanswered');
    expect(classifyGraphql(raw(status, '<html>gateway</html>')).kind).toBe('unanswered');
  });

  it('a page instead of JSON with status 200 is no answer', () => {
    expect(classifyRest(raw(201, '<html>welcome</html>')).kind).toBe('unanswered');
    expect(classifyGraphql(raw(200, '<html>welcome</html>')).kind).toBe('unanswered');
  });

  it('a full workspace or a spent quota pauses and blames no record', () => {
    expect(classifyRest(raw(409, { messages: ['WORKSPACE_RECORD_LIMIT'] }))).toMatchObject({
      kind: 'outage',
      retryAfterMs: 900_000,
    });
    expect(classifyRest(raw(402, { messages: ['quota'] })).kind).toBe('outage');
    expect(graphqlError('deadlock', { code: 'TRANSIENT_DATABASE_ERROR' }).kind).toBe('outage');
  });
});
