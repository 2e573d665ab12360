import type { ErrorCodeEntry } from './entry.ts';

/** Codes of connectors/kinabase. */
export const KINABASE_CODES = {
  KINABASE_CREDENTIALS: {
    meaning: 'The service gave no token for this registration, or refuses the one that it gave.',
    hint: 'Check app id and secret, and the name under which the secret is sent (`secretField`) in the settings of the source.',
    retry: 'never',
  },
  KINABASE_ACCESS_PENDING: {
    meaning: 'Access was asked for, and no key works yet.',
    hint: 'Wait for the answer of the support, then put the app secret where the settings say.',
    retry: 'later',
  },
  KINABASE_ACCESS_OVERDUE: {
    meaning: 'Access was asked for more than five working days ago, and no key works yet.',
    hint: 'Ask the support again, and let an administrator make a CSV export of all collections meanwhile: `export` in the settings names its folder.',
    retry: 'later',
  },
  KINABASE_NOT_ADMINISTRATOR: {
    meaning:
      'The key, or whoever made the export, does not see the whole workspace; nothing is read, or much would be taken for deleted.',
    hint: 'Ask for a registration with the rights of an administrator, or let an administrator make the export.',
    retry: 'never',
  },
  KINABASE_THROTTLED: {
    meaning: 'The service refuses calls by its limit for longer than one call may wait.',
    hint: 'Nothing to do: reading goes on later. Other programs that use the same registration share the limit; lower `callsPerMinute` if they must.',
    retry: 'later',
  },
  KINABASE_UNAVAILABLE: {
    meaning: 'The service failed, or a gateway answered in its place.',
    hint: 'Nothing to do: reading goes on where it was once the service answers.',
    retry: 'later',
  },
  KINABASE_BAD_ANSWER: {
    meaning: 'An answer is not what was asked for: a web page, broken off, or of another shape.',
    hint: 'Nothing was taken from it; the call is made again. If it stays, look for a proxy between here and the service.',
    retry: 'later',
  },
  KINABASE_ERROR_IN_ANSWER: {
    meaning: 'An answer with status 200 holds an error text in place of records.',
    hint: "Nothing was taken from it; the call is made again. The message is the service's own.",
    retry: 'later',
  },
  KINABASE_EMPTY_PAGE: {
    meaning: 'A page holds no records though more are said to be there; it is not taken for the end.',
    hint: 'Nothing to do: the page is asked for again later. If it stays, tell the support of the service.',
    retry: 'later',
  },
  KINABASE_TOTAL_CHANGED: {
    meaning: 'The pages of a collection held fewer records than it is said to have: it changed while it was read.',
    hint: 'Nothing to do: it is read again. If it stays, read it while fewer people work, or with `whole: auto`.',
    retry: 'later',
  },
  KINABASE_WHOLE_CUT: {
    meaning: 'The call for a whole collection gave fewer records than the collection has.',
    hint: 'Nothing to do: it is read page by page. `wholeRecords` or `whole: never` in the settings of the source spare the call.',
    retry: 'later',
  },
  KINABASE_REPEATED_RECORD: {
    meaning: 'A record came more than once in one read; it is told once.',
    hint: 'Nothing to do: pages shift while people work.',
    retry: 'now',
  },
  KINABASE_RECORD_WITHOUT_ID: {
    meaning: 'A record has no id and cannot be told from others; it is listed among the rejected rows.',
    hint: 'Tell the support of the service.',
    retry: 'never',
  },
  KINABASE_PAGE_SIZE: {
    meaning: 'The service keeps to another page size than was asked for, so reading takes more calls.',
    hint: 'Set `pageSize` to what it gives, and expect reads page by page to take longer.',
    retry: 'now',
  },
  KINABASE_ID_REUSED: {
    meaning: 'An id that was deleted is used again, by another record.',
    hint: 'Nothing to do: the former record is deleted, the new one made.',
    retry: 'now',
  },
  KINABASE_FOREIGN_LINK: {
    meaning: 'A link leads to another workspace, whose records are not here; it stays as text.',
    hint: 'Nothing to do, or make the link by hand afterwards: the text says workspace and id.',
    retry: 'never',
  },
  KINABASE_FORMULA_REFUSED: {
    meaning:
      'A formula cannot be evaluated: it is no valid expression, or reads what it must not; where the source serves no value the field stays empty.',
    hint: 'Mend the formula under `fields` in the settings: CEL over the fields of the record, nothing else.',
    retry: 'never',
  },
  KINABASE_FORMULA_LOOPS: {
    meaning: 'A formula needs its own result; where the source serves no value the field stays empty.',
    hint: 'Mend the formulas under `fields` in the settings.',
    retry: 'never',
  },
  KINABASE_COLLECTION_GONE: {
    meaning: 'A collection was removed, or is hidden from the key; its records stay as they are in Twenty.',
    hint: 'Take the object out of the mapping, or give the key its rights back and run `changeover poll`.',
    retry: 'never',
  },
  KINABASE_REFUSED: {
    meaning: 'The service refused a call as wrong.',
    hint: 'The message is its own. Check the settings of the source against `changeover doctor`.',
    retry: 'later',
  },
  KINABASE_NO_FILE: {
    meaning: 'A record refers to a file that is not there, or is not fetched from where it lies.',
    hint: 'Nothing to do: the file is listed as not moved.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
