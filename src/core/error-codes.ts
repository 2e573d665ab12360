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
  CANCELLED: { meaning: 'The work was cancelled by an operator or by shutdown.', hint: 'Start it again when ready.', retry: 'later' },

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
    meaning: 'The position to read from is not in the log: retention removed it, or log and state come from different backups.',
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

  // sink

  // review and owners

  // server and cli
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
