import type { ErrorCodeEntry } from './entry.ts';

/** Codes of connectors/dataverse. */
export const DATAVERSE_CODES = {
  DATAVERSE_CREDENTIALS: {
    meaning: 'The sign-in service gave no token for this registration.',
    hint: 'Check tenant, client id, secret and its expiry date, and the environment address in the settings of the source.',
    retry: 'never',
  },
  DATAVERSE_NO_APPLICATION_USER: {
    meaning: 'The registration is not an application user of the environment.',
    hint: 'Add it under Settings, Users, Application users, with a security role (connectors/dataverse/README.md).',
    retry: 'never',
  },
  DATAVERSE_PRIVILEGE: {
    meaning: 'The application user may not read the whole of a table; the table is left out, the others go on.',
    hint: 'Give its role read access at organization level to the table named, then run `changeover poll`.',
    retry: 'never',
  },
  DATAVERSE_NO_TABLE: {
    meaning:
      'The environment has no such table, or not for this user: Sales or Service may not be installed. It is left out, the others go on.',
    hint: 'Nothing has to be done where the module is not used. One that was there before has stopped: its records stay as they are.',
    retry: 'never',
  },
  DATAVERSE_THROTTLED: {
    meaning: 'The environment refuses calls by its service-protection limits for longer than one call may wait.',
    hint: 'Nothing to do: reading goes on after the time that it named. Other integrations of the same user share the limits.',
    retry: 'later',
  },
  DATAVERSE_UNAVAILABLE: {
    meaning: 'The environment failed, or a gateway answered in its place.',
    hint: 'Nothing to do: reading goes on where it was once the environment answers.',
    retry: 'later',
  },
  DATAVERSE_BAD_ANSWER: {
    meaning: 'An answer is not the JSON that was asked for: a web page, or broken off.',
    hint: 'Nothing was taken from it; the call is made again. If it stays, look for a proxy between here and the environment.',
    retry: 'later',
  },
  DATAVERSE_NO_LINK: {
    meaning: 'A page of changes names neither the next page nor where to go on; nothing was taken from it.',
    hint: 'The read is repeated. If it stays, set `annotations: false` in the settings of the source.',
    retry: 'later',
  },
  DATAVERSE_FOREIGN_LINK: {
    meaning: 'A link in an answer leads to another origin; it was not followed, and no token was sent there.',
    hint: 'Check the environment address in the settings: it must be the one that the environment uses itself.',
    retry: 'never',
  },
  DATAVERSE_REFUSED: {
    meaning: 'The environment refused a call as wrong.',
    hint: 'The message is its own. If a column or table was changed meanwhile, the next read takes that up.',
    retry: 'later',
  },
  DATAVERSE_WEB_PAGE: {
    meaning: 'A web page came instead of the JSON that was asked for: a gateway, a sign-in page, or another address.',
    hint: 'Nothing was taken from it; the call is made again. If it stays, check the environment address and what stands before it.',
    retry: 'later',
  },
  DATAVERSE_UNTRACKED: {
    meaning:
      'Change tracking is off for a table: its changes are found by modified time, its deletes by comparing ids.',
    hint: 'Nothing has to be done. Switch on Track changes in the properties of the table to see its deletes at once.',
    retry: 'never',
  },
  DATAVERSE_UNKNOWN_TYPE: {
    meaning: 'A column has a type that this version has not heard of; its values are read as text.',
    hint: 'Look at the values in the source and decide in the mapping what becomes of them.',
    retry: 'never',
  },
  DATAVERSE_UNKNOWN_OPTION: {
    meaning: 'A row has an option that its definition does not list; it is read as # and its number, never guessed.',
    hint: 'Add the option in the source, or map the value in the mapping.',
    retry: 'never',
  },
  DATAVERSE_LOST_ROW: {
    meaning:
      'A lookup points at a row that is not there any more, or may not be read; the record goes on with its id as text, or without the link.',
    hint: 'Nothing has to be done where the row was deleted on purpose; else give the role read access to its table.',
    retry: 'never',
  },
  DATAVERSE_CLOCK_SKEW: {
    meaning:
      'The clock of the environment and ours are minutes apart. No record is lost by it: what depends on time goes by theirs.',
    hint: 'Set the clock of this machine; until then the ages that are shown are off by as much.',
    retry: 'never',
  },
  DATAVERSE_NO_FILE: {
    meaning: 'A record refers to a file that is not there.',
    hint: 'Nothing to do: the file is listed as not moved.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
