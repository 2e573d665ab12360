import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the sink: records, merging, dead letters, owners. */
export const SINK_CODES = {
  SINK_EXCLUDED: {
    meaning: 'A rule of the mapping, an answer or a policy leaves this record out.',
    hint: 'Nothing to do; change the rule, or the answer, to load it.',
    retry: 'never',
  },
  SINK_OBJECT_UNMAPPED: {
    meaning: 'The confirmed mapping does not name this object.',
    hint: 'Map it, or confirm that it is left out.',
    retry: 'never',
  },
  SINK_MAPPING_REFUSED: {
    meaning: 'The mapping could not turn a value into what its field needs.',
    hint: 'Correct the value in the source, or the rule in the mapping; the record is planned again by itself.',
    retry: 'never',
  },
  SINK_MERGED: {
    meaning: 'The record has the same unique value as another one, and stands in Twenty as one record with it.',
    hint: 'Nothing to do; the other record is named.',
    retry: 'never',
  },
  SINK_PARENT_UNDECIDED: {
    meaning: 'A record that this one points at is not in Twenty yet.',
    hint: 'It goes on by itself once the other record is decided; look at why that one waits.',
    retry: 'hold',
  },
  SINK_PARENT_MISSING: {
    meaning: 'No record was found to point at, and the mapping says to wait.',
    hint: 'It goes on by itself when such a record appears; correct the reference in the source, or change the mapping.',
    retry: 'hold',
  },
  SINK_LINK_PENDING: {
    meaning:
      'The record was written without a link that closes a circle; the link follows once the other record is there.',
    hint: 'Look at why the other record waits.',
    retry: 'hold',
  },
  SINK_OWNER_UNRESOLVED: {
    meaning: 'No member of the workspace has the e-mail of this owner.',
    hint: 'Invite the member, or name a substitute with `changeover owners`; the record goes on by itself.',
    retry: 'hold',
  },
  SINK_OWNER_WAIVED: {
    meaning: 'The owner is unresolved, and someone took that on knowingly; the record stays out of Twenty.',
    hint: 'Name a member or a substitute with `changeover owners` to load it.',
    retry: 'hold',
  },
  SINK_QUESTION_OPEN: {
    meaning: 'A question about this record has not been answered.',
    hint: 'Answer it with `changeover review`.',
    retry: 'hold',
  },
  SINK_DUPLICATE_HELD: {
    meaning: 'Another record has the same unique value, and the mapping says to wait for a person.',
    hint: "Correct one of the two in the source, or change the mapping's duplicate policy.",
    retry: 'hold',
  },
  SINK_UNIQUE_TAKEN: {
    meaning: 'The unique value still stands in another record, which gives it up first.',
    hint: 'It goes on by itself once the other record is written.',
    retry: 'hold',
  },
  SINK_SOFT_DELETED: {
    meaning: 'A deleted row of the workspace has this id or unique value, and the mapping says to wait for a person.',
    hint: "Restore or destroy that row in Twenty, or change the mapping's policy for deleted rows.",
    retry: 'hold',
  },
  SINK_DELETE_EDITED: {
    meaning: 'The row of this record is to be deleted, but people edited it in Twenty.',
    hint: 'Answer the question with delete or keep: changeover review list --queue record.',
    retry: 'hold',
  },
  SINK_MERGE_EDITED: {
    meaning: 'The record would share the row of another one, but people edited its own in Twenty, which would go.',
    hint: 'Answer the question with merge or apart: changeover review list --queue record.',
    retry: 'hold',
  },
  SINK_MASS_DELETE: {
    meaning: 'The source deleted much of an object at once, and nobody said yet whether the rows in Twenty are to go.',
    hint: 'Answer the one question about all of them with delete or keep: changeover review list --queue record.',
    retry: 'hold',
  },
  SINK_ID_MISMATCH: {
    meaning: 'Twenty answered with another id than the one sent: the write went to a row that was there before.',
    hint: 'Look at both records; answer the question to keep them as one.',
    retry: 'hold',
  },
  SINK_QUALITY_LOW: {
    meaning: 'Fewer records of the object pass a quality rule than the mapping wants.',
    hint: 'Mend the records in the source, answer the questions about single records, or answer the one about the object: changeover review list --queue quality.',
    retry: 'hold',
  },
  SINK_QUALITY_UNKNOWN: {
    meaning: 'The mapping wants a share of the records to pass, and no snapshot of the object is complete yet.',
    hint: 'Nothing: the object goes on once its first snapshot was read to its end.',
    retry: 'later',
  },
  SINK_PARENTS_LOADING: {
    meaning: 'The first load of the object begins once the objects that its records point at are loaded.',
    hint: 'Nothing, while these go on; where they do not, look at why.',
    retry: 'later',
  },
  SINK_VALUE_REFUSED: {
    meaning: "The workspace's own rules refuse a value, so no call was spent on it.",
    hint: 'Correct the value in the source, the rule in the mapping, or the field in Twenty.',
    retry: 'never',
  },
  SINK_TWENTY_REFUSED: {
    meaning: 'Twenty refused this record alone, with a reason that will not pass.',
    hint: "Read Twenty's words; correct the value or the mapping, then send it again with `changeover dead-letters`.",
    retry: 'never',
  },
  SINK_RETRY_LATER: {
    meaning: 'Twenty refused this record alone, for a reason that may pass; it is tried again.',
    hint: "Nothing to do unless it comes back; then read Twenty's words.",
    retry: 'later',
  },
  SINK_DISCARDED: {
    meaning: 'A person left out this version of the record after it was refused.',
    hint: 'Nothing to do: its next change in the source is tried again. `changeover dead-letters retry` takes the decision back.',
    retry: 'never',
  },
  SINK_GIVEN_BACK: {
    meaning: 'The record stood in a row that was there before us, and a person gave that row its earlier values back.',
    hint: 'Nothing to do: it is left out. `changeover adopted reopen` takes the decision back.',
    retry: 'never',
  },
  SINK_BREAKER_OPEN: {
    meaning:
      'Too many records of this object were refused, or one as none before since the mapping changed: nothing more of it is written.',
    hint: 'Look at `changeover dead-letters list`, mend the mapping or the source, then answer the question or run `changeover resume <source>/<object>`.',
    retry: 'hold',
  },
  SINK_MAPPING_UNCONFIRMED: {
    meaning: 'The mapping that is loaded is not the one that was confirmed.',
    hint: 'Run `changeover map check`, then `changeover map confirm`; nothing moves until then.',
    retry: 'hold',
  },
  SINK_POSITION_GAP: {
    meaning: 'The log continues at another place than where the state stopped reading it.',
    hint: 'Find out whether log and state come from different backups; `changeover state rebuild` reads everything again.',
    retry: 'hold',
  },

  ADOPTED_UNKNOWN: {
    meaning: 'The record stands in no row in Twenty that was there before us, or nobody gave its row back.',
    hint: 'Run `changeover adopted list`, or `changeover adopted list --given-back`; a record is named source/object/id.',
    retry: 'never',
  },
  ADOPTED_BEFORE_UNKNOWN: {
    meaning: 'What the row in Twenty held before us is not known: we had written to it before it could be read.',
    hint: "Twenty's timeline of the row may show it; correct the row there by hand.",
    retry: 'never',
  },

  MERGE_UNKNOWN: {
    meaning: 'The record shares no row in Twenty with another one, or nobody decided that it is to be kept apart.',
    hint: 'Run `changeover merges list`, or `changeover merges list --apart`; a record is named source/object/id.',
    retry: 'never',
  },

  DEAD_LETTER_UNKNOWN: {
    meaning: 'Nothing was refused under this name.',
    hint: 'Run `changeover dead-letters list`; a record is named source/object/id, a message topic/partition/offset.',
    retry: 'never',
  },
  DEAD_LETTERS_COSTLY: {
    meaning: 'Sending these again would cost more than is spent without asking.',
    hint: 'Look at the price in the message; narrow the filter, lower --limit, or say --yes.',
    retry: 'never',
  },
  DEAD_LETTER_NOT_OURS: {
    meaning: 'The message still cannot be understood.',
    hint: 'Find out who wrote it and with which schema; `changeover dead-letters discard` puts it aside.',
    retry: 'hold',
  },

  OWNER_NOT_A_MEMBER: {
    meaning: 'Somebody was named as owner who is not a member of the workspace.',
    hint: 'Invite them in Twenty and wait until they have accepted, or name another member.',
    retry: 'hold',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
