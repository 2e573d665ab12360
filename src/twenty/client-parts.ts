import { ChangeoverError } from '../core/errors.ts';
import type { Answer } from './answers.ts';
import type { Call } from './transport.ts';
import type { WriteOutcome } from './twenty.ts';

/** Small pieces of the client: how a GraphQL call is made, and how refusals become outcomes and errors. */

export function graphql(
  operation: string,
  object: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Call {
  return {
    operation,
    object,
    method: 'POST',
    path: '/graphql',
    body: JSON.stringify({ query, variables }),
    form: 'graphql',
  };
}

export function refusedHere(reason: 'too-many' | 'too-large', message: string): WriteOutcome {
  return { kind: 'refused', reason, message, partial: false };
}

export function unreadable(operation: string, object: string): ChangeoverError {
  return new ChangeoverError(
    'TWENTY_ANSWER_UNREADABLE',
    `the answer to ${operation} of ${object} lacks what was asked for`,
    {
      place: { object },
    },
  );
}

export function refusal(
  operation: string,
  object: string,
  answer: Extract<Answer, { kind: 'refused' }>,
): ChangeoverError {
  const place = { object };
  const message = `${operation} of ${object}: ${answer.message}`;
  if (answer.reason === 'unauthorized') {
    const denied = answer.status === 400 || /permission|forbidden resource/i.test(answer.message);
    return new ChangeoverError(denied ? 'TWENTY_PERMISSION_MISSING' : 'TWENTY_TOKEN_REFUSED', message, { place });
  }
  if (answer.reason === 'schema-changed' || answer.reason === 'unknown-field') {
    return new ChangeoverError('TWENTY_SCHEMA_CHANGED', message, { place });
  }
  return new ChangeoverError('TWENTY_REFUSED', message, { place });
}
