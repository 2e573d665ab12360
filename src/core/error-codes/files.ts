import type { ErrorCodeEntry } from './entry.ts';

/** Codes of files and attachments. */
export const FILES_CODES = {
  FILES_RECORD_WAITS: {
    meaning: 'The record that brings the file along waits, so that there is nothing to attach it to.',
    hint: '`changeover held` says what the record waits for; the file follows by itself.',
    retry: 'hold',
  },
  FILES_RECORD_REFUSED: {
    meaning: 'The record that brings the file along was refused.',
    hint: 'Mend the record (`changeover dead-letters list`); the file follows by itself.',
    retry: 'hold',
  },
  FILES_RECORD_EXCLUDED: {
    meaning: 'The record that brings the file along is left out, and the file with it.',
    hint: 'Change the rule or the answer that leaves the record out, where it should move.',
    retry: 'hold',
  },
  FILES_NO_PLACE: {
    meaning: 'Attachments of this workspace cannot be linked to the kind of record that the file belongs to.',
    hint: 'Let the mapping attach it to another record (`files`, `links`), or skip the column with a reason.',
    retry: 'hold',
  },
  FILES_LINK_MISSING: {
    meaning: 'What the mapping attaches the file to is not in Twenty.',
    hint: 'It follows by itself once that record is there.',
    retry: 'hold',
  },
  FILES_CONTRADICTION: {
    meaning: 'The content of the file is of another kind than its name says.',
    hint: 'Look at it in the source, then answer the question: `changeover review list`.',
    retry: 'hold',
  },
  FILES_SOURCE_FAILED: {
    meaning: 'The file could not be read from the source, several times.',
    hint: 'Mend what the message says, then `changeover files retry`.',
    retry: 'hold',
  },
  FILES_TOO_LARGE: {
    meaning: 'The file is larger than files may be, or alone larger than the staging folder may become.',
    hint: 'Raise `files.largestMegabytes` or `files.stagingMegabytes`, then `changeover files retry`.',
    retry: 'hold',
  },
  FILES_STAGING_FULL: {
    meaning: 'Other files take all the room of the staging folder at present.',
    hint: 'Nothing to do: it goes on as soon as some of them are in Twenty.',
    retry: 'later',
  },
  FILES_DISK: {
    meaning: 'The disk refused to keep or give a staged file.',
    hint: 'Look at the room and the rights of the data folder.',
    retry: 'later',
  },
  FILES_TWENTY_REFUSED: {
    meaning: 'Twenty refused the file or its attachment for good.',
    hint: 'The message says why; mend it, then `changeover files retry`.',
    retry: 'never',
  },
  FILES_UPLOAD_FORBIDDEN: {
    meaning: 'The role of the API key may not upload files.',
    hint: 'Give the role the permission to upload files and to write attachments, then `changeover files retry`.',
    retry: 'hold',
  },
  FILES_UPLOAD_FAILED: {
    meaning: 'The upload was begun several times and never came to its end.',
    hint: 'Look at the storage of Twenty, then `changeover files retry`.',
    retry: 'hold',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
