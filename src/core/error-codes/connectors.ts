import type { ErrorCodeEntry } from './entry.ts';

/** Codes of connectors without codes of their own. */
export const CONNECTORS_CODES = {
  SOURCE_CREDENTIALS: {
    meaning: 'The source refuses the key, or the token that it gave for it.',
    hint: 'Check the key where the settings say that it is found, and that its user is still allowed in.',
    retry: 'never',
  },
  SOURCE_THROTTLED: {
    meaning: 'The source refused calls for longer than a read waits for.',
    hint: 'Nothing to do: the read goes on from its checkpoint. Should it stay so, see who else uses the key.',
    retry: 'later',
  },
  SOURCE_UNAVAILABLE: {
    meaning: 'The source answers with a failure of its own.',
    hint: 'Nothing to do: the read goes on from its checkpoint once it answers.',
    retry: 'later',
  },
  SOURCE_REFUSED: {
    meaning: 'The source does not take a call as it was made.',
    hint: 'Its answer says why; compare the settings and the assumptions in the README of the connector.',
    retry: 'never',
  },
  SOURCE_BAD_ANSWER: {
    meaning: 'An answer of the source is broken off, or has another shape than is known.',
    hint: 'Nothing is taken from it, and it is read again. Should it stay so, compare the assumptions in the README of the connector.',
    retry: 'later',
  },
  SOURCE_PAGES_MOVED: {
    meaning: 'Pages of the source do not hold as many records as it says that it has, however often they are read.',
    hint: 'Nothing to do: the read begins again. Should it stay so, read at a time at which fewer people work.',
    retry: 'later',
  },
  SOURCE_OBJECT_GONE: {
    meaning: 'The source has no object of this name any more; nothing of it is deleted.',
    hint: 'See whether it was renamed or removed, or whether the key may still see it; then correct the settings and the mapping.',
    retry: 'never',
  },
  SOURCE_NO_FILE: {
    meaning: 'A file was asked for, and the connector fetches none.',
    hint: 'Map the reference to a text field, or bring the file over by hand.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
