/**
 * Whether the same attempt can succeed later without anybody doing anything:
 * `now` (at once), `later` (after a wait), `hold` (when something named happens), `never`.
 */
export type Retry = 'now' | 'later' | 'hold' | 'never';

export interface ErrorCodeEntry {
  /** What it means, in one sentence, for the operator. */
  readonly meaning: string;
  /** What to do next. */
  readonly hint: string;
  readonly retry: Retry;
}

/**
 * Every error the program can give. The page docs/reference/errors.md is generated from this table.
 * Sections follow the rooms of src/; add a code to its room's section.
 */
export const ERROR_CODES = {
  // core
  INTERNAL: {
    meaning: 'A fault of Changeover itself.',
    hint: 'Report it with the log lines around it; the state is kept, so a restart is safe.',
    retry: 'never',
  },
  CANCELLED: {
    meaning: 'The work was cancelled by an operator or by shutdown.',
    hint: 'Start it again when ready.',
    retry: 'later',
  },
  HTTP_UNREACHABLE: {
    meaning: 'The other side could not be reached; nothing was sent.',
    hint: 'Check the address, the network and the certificate; the work goes on by itself once it answers.',
    retry: 'later',
  },
  HTTP_UNANSWERED: {
    meaning: 'A request was sent and no answer came; it may have taken effect.',
    hint: 'Nothing to do: what was written is read back before anything is sent again.',
    retry: 'later',
  },
  HTTP_FOREIGN_ORIGIN: {
    meaning: 'A credential was about to be sent to an origin it does not belong to; the request was not sent.',
    hint: 'Check the addresses in the configuration; a server that hands out links to another host is not followed with its key.',
    retry: 'never',
  },

  // config
  CONFIG_NOT_READABLE: {
    meaning: 'The configuration file cannot be read.',
    hint: 'Name the file with --config, or make one with `changeover init`.',
    retry: 'never',
  },
  CONFIG_INVALID: {
    meaning: 'The configuration file says something that the program does not understand.',
    hint: 'Mend the lines named; docs/reference/configuration.md lists every option.',
    retry: 'never',
  },
  CONFIG_SECRET_MISSING: {
    meaning: 'A secret is not where the configuration says it is.',
    hint: 'Set the environment variable, or write the secret into the file named (mode 600).',
    retry: 'never',
  },
  CONFIG_SECRET_EXPOSED: {
    meaning: 'A file with a secret can be read by other users of the machine.',
    hint: 'Run chmod 600 on it, and consider the secret known: make a new one.',
    retry: 'never',
  },

  // source: files

  // source: runner

  // bus and events
  BUS_LOCKED: {
    meaning: 'Another process has the log open for writing.',
    hint: 'Send the command to the running daemon, or stop it first; the lock goes with the process that holds it.',
    retry: 'later',
  },
  BUS_NOT_A_LOG: {
    meaning: 'The file is not a log of Changeover, or was written by a newer version.',
    hint: 'Check the configured path of the log, or run the version that wrote it.',
    retry: 'never',
  },
  BUS_CORRUPT: {
    meaning: 'The log file is damaged.',
    hint: 'Stop, keep a copy of the file with its -wal, and restore the log from a backup; the positions in the state say what is missing.',
    retry: 'never',
  },
  BUS_DISK_FULL: {
    meaning: 'The log could not grow, because the disk or its quota is full; nothing of the append was kept.',
    hint: 'Free space on the disk of the log; reading sources goes on by itself.',
    retry: 'later',
  },
  BUS_IO: {
    meaning: 'The disk of the log gave an error; nothing of the append was kept.',
    hint: 'Look at the system log for errors of the disk; the same append is tried again.',
    retry: 'later',
  },
  BUS_READ_ONLY: {
    meaning: 'The log was opened for reading, and something wanted to write.',
    hint: 'Send the command to the running daemon.',
    retry: 'never',
  },
  BUS_CLOSED: { meaning: 'The log is closed.', hint: 'Nothing to do: the process is stopping.', retry: 'never' },
  BUS_TOPIC_UNKNOWN: {
    meaning: 'There is no such topic in the log.',
    hint: 'Check the name with `changeover bus topics`; topics are made when an object is first read.',
    retry: 'never',
  },
  BUS_TOPIC_CONFLICT: {
    meaning: 'The topic exists with another number of partitions, or its name is not legal.',
    hint: 'The partitions of a topic cannot be changed without mixing the order of its records; use the number it has.',
    retry: 'never',
  },
  BUS_POSITION_OUT_OF_LOG: {
    meaning:
      'The position to read from is not in the log: retention removed it, or log and state come from different backups.',
    hint: 'Rebuild the state from the log (`changeover state rebuild`), or move the position on purpose (`changeover bus seek`).',
    retry: 'hold',
  },
  BUS_GROUP_BUSY: {
    meaning: 'Somebody is reading with this consumer group.',
    hint: 'Stop or pause the reader first.',
    retry: 'later',
  },

  // state

  // mapping

  // twenty
  TWENTY_UNREACHABLE: {
    meaning: 'Twenty could not be reached, or did not answer as a server that works.',
    hint: 'Check that the server is up; reading goes on by itself.',
    retry: 'later',
  },
  TWENTY_THROTTLED: {
    meaning: 'Twenty kept refusing calls because of its rate limit.',
    hint: 'Somebody else may be using the same workspace limit; wait, or lower the configured limit.',
    retry: 'later',
  },
  TWENTY_TOKEN_REFUSED: {
    meaning: 'Twenty does not accept the API key.',
    hint: 'Create a key under Settings, APIs & Webhooks, and put it into the environment variable that the configuration names.',
    retry: 'hold',
  },
  TWENTY_PERMISSION_MISSING: {
    meaning: 'The role of the API key does not allow this.',
    hint: 'Give the role of the key the right to read, update and delete the objects that are moved.',
    retry: 'hold',
  },
  TWENTY_MODEL_RIGHT_MISSING: {
    meaning: 'The role of the API key may not read or change the data model.',
    hint: 'Give the role the data model setting, or create the fields by hand with `changeover provision guide`.',
    retry: 'hold',
  },
  TWENTY_TOO_OLD: {
    meaning:
      'This workspace lacks what Changeover needs of Twenty (2.0 or later, with custom objects by the metadata API).',
    hint: 'Update the server to a version that has what the message names, then start again.',
    retry: 'never',
  },
  TWENTY_NOT_TWENTY: {
    meaning: 'What answers at this address is not the API of Twenty.',
    hint: 'Check the address: it is the server itself, without a path, such as https://crm.example.com.',
    retry: 'never',
  },
  TWENTY_UNKNOWN_OBJECT: {
    meaning: 'The workspace has no such object.',
    hint: 'Check the name in the mapping, or provision the object first.',
    retry: 'hold',
  },
  TWENTY_UNKNOWN_FIELD: {
    meaning: 'The object has no such field.',
    hint: 'Check the name in the mapping, or provision the field first.',
    retry: 'hold',
  },
  TWENTY_SCHEMA_CHANGED: {
    meaning: 'The data model of the workspace changed while it was in use.',
    hint: 'The model is read again; check the mapping against it if this comes back.',
    retry: 'now',
  },
  TWENTY_REFUSED: {
    meaning: 'Twenty refused a request for a reason of its own.',
    hint: 'Read the message: it is what Twenty said.',
    retry: 'never',
  },
  TWENTY_ANSWER_UNREADABLE: {
    meaning: 'An answer of Twenty did not have the expected form.',
    hint: 'Check whether a proxy answers in its place; report it with the version of the server otherwise.',
    retry: 'later',
  },

  // sink

  // review and owners

  // server and cli
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
