import type { ErrorCodeEntry } from './entry.ts';

/** Codes of connectors/dinamik. */
export const DINAMIK_CODES = {
  DINAMIK_CREDENTIALS: {
    meaning: 'DinamikCRM gave no token for this API key and secret.',
    hint: 'Check both where the settings of the source say they are kept, that the key was not withdrawn in the account, and `loginPaths` where no address named speaks of key or secret. The same key and secret are not tried again before a restart.',
    retry: 'never',
  },
  DINAMIK_NO_LOGIN: {
    meaning: 'Nothing answers where the login was expected: its path is not documented for certain.',
    hint: 'Ask DinamikCRM for the path and set `loginPaths` or `url` in the settings of the source.',
    retry: 'never',
  },
  DINAMIK_SESSION: {
    meaning: 'The account refuses even a fresh token.',
    hint: 'Nothing to do at once: it is tried again. If it stays, another program may log in with the same key and end our session.',
    retry: 'later',
  },
  DINAMIK_PRIVILEGE: {
    meaning: 'The API key may not read this.',
    hint: 'Give the user of the key the right to read the module named, then run `changeover poll`; the others go on.',
    retry: 'never',
  },
  DINAMIK_THROTTLED: {
    meaning: 'The account refuses calls for longer than one call may wait.',
    hint: 'Nothing to do: reading goes on from where it was. Other programs with the same key share the limit.',
    retry: 'later',
  },
  DINAMIK_UNAVAILABLE: {
    meaning: 'The API failed, or a gateway answered in its place.',
    hint: 'Nothing to do: reading goes on where it was once the API answers.',
    retry: 'later',
  },
  DINAMIK_BAD_ANSWER: {
    meaning: 'An answer with status 200 is no envelope: a sentence, a web page, or broken off.',
    hint: 'Nothing was taken from it; the call is made again. If it stays, look for a proxy between here and the API.',
    retry: 'later',
  },
  DINAMIK_DETAILS_EMPTY: {
    meaning: 'Records are shown without addresses, e-mails, phones, own fields or lines that they had.',
    hint: 'Nothing was emptied: an outage of the routes that give them looks the same. They are read again, and about many a person is asked (`changeover review`).',
    retry: 'later',
  },
  DINAMIK_ERROR_FLAG: {
    meaning: 'An answer with status 200 says in its envelope that something failed.',
    hint: 'Nothing was taken from it; the call is made again. The message is the API’s own.',
    retry: 'later',
  },
  DINAMIK_REFUSED: {
    meaning: 'The API refused a call as wrong.',
    hint: 'The message is its own. Compare the settings of the source with the assumptions on the page of its connector.',
    retry: 'later',
  },
  DINAMIK_NO_MODULE: {
    meaning: 'The account does not answer for a module: it is not installed, or was renamed or removed while we ran.',
    hint: 'Nothing was deleted. Name its controller under `customModules`, or take the object out of the mapping.',
    retry: 'never',
  },
  DINAMIK_INCOMPLETE: {
    meaning: 'A list gave fewer rows than it says there are, again and again.',
    hint: 'Nothing was deleted; it is read again. If it stays, set `lists: ids` in the settings of the source.',
    retry: 'later',
  },
  DINAMIK_TOTAL_MOVED: {
    meaning: 'The number of records changed while their pages were read: people work there.',
    hint: 'Nothing to do: pages are read until as many rows were seen as the list says, and a missing one is asked for by its id.',
    retry: 'never',
  },
  DINAMIK_EMPTY_PAGE: {
    meaning: 'A page without rows stood in the middle of a list; the pages behind it were read.',
    hint: 'Nothing to do. If holes are longer than `emptyPages` pages, raise it in the settings of the source.',
    retry: 'never',
  },
  DINAMIK_PAGE_SIZE: {
    meaning: 'The API gives pages of another size than was asked for; what came was taken.',
    hint: 'Nothing to do. `pageSize` in the settings may as well say what it really gives.',
    retry: 'never',
  },
  DINAMIK_ROW_TWICE: {
    meaning: 'A record stood on two pages, because the list moved between them; it counts once.',
    hint: 'Nothing to do: the later row was taken.',
    retry: 'never',
  },
  DINAMIK_ID_REUSED: {
    meaning: 'The id of a deleted record belongs to another one now, made later.',
    hint: 'Nothing to do: the old record was deleted in Twenty, the new one is a record of its own.',
    retry: 'never',
  },
  DINAMIK_ROW_INVALID: {
    meaning: 'A row has no whole number as its id, so that nothing can be said of which record it is.',
    hint: 'It is listed and counted as rejected. Look at the excerpt, and mend the record in the account.',
    retry: 'never',
  },
  DINAMIK_VALUE_INVALID: {
    meaning: 'A field that the customer made holds what its type does not allow.',
    hint: 'The row is listed and counted as rejected; it is read again once it is mended in the account.',
    retry: 'never',
  },
  DINAMIK_NO_FILE: {
    meaning: 'The API gives no files.',
    hint: 'Nothing to do: files are listed as not moved.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
