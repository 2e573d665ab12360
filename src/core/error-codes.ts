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
  CONFIG_EXISTS: {
    meaning: 'There is a configuration file already, and it is never written over.',
    hint: 'Edit it, or name another file with --config.',
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
  FILE_EMPTY: { meaning: 'The file has no content.', hint: 'Export it again.', retry: 'hold' },
  FILE_NO_HEADER: {
    meaning: 'The first line of the file is not a header: it holds none of the known column names.',
    hint: 'Export with a header line, or add the header names to the connector’s aliases.',
    retry: 'hold',
  },
  FILE_HEADER_ONLY: {
    meaning: 'The file has a header and no rows.',
    hint: 'Export again; if the object really is empty, say in the configuration that it may be.',
    retry: 'hold',
  },
  FILE_DUPLICATE_HEADERS: {
    meaning: 'Two columns have the same name, so one would hide the other.',
    hint: 'Rename one of the columns in the source, or export again without it.',
    retry: 'hold',
  },
  FILE_ENCODING_UNKNOWN: {
    meaning: 'The file is not UTF-8, has no byte order mark, and no fitting code page is declared.',
    hint: 'Export as UTF-8, or declare the code page (windows-1254 for Turkish, windows-1252 for Western European).',
    retry: 'hold',
  },
  FILE_ENCODING_MIXED: {
    meaning: 'The file is written in more than one encoding, or is damaged.',
    hint: 'Export it again in one go as UTF-8; do not join files of different origin.',
    retry: 'hold',
  },
  FILE_UTF16_UNMARKED: {
    meaning: 'The file is UTF-16 without a byte order mark.',
    hint: 'Save it as UTF-8, or as UTF-16 with a byte order mark.',
    retry: 'hold',
  },
  FILE_NUL: {
    meaning: 'The file holds NUL bytes: it is not text, or is damaged.',
    hint: 'Export it again.',
    retry: 'hold',
  },
  FILE_IS_HTML: {
    meaning: 'The file is a web page, whatever its name says; often a login or error page saved as an export.',
    hint: 'Sign in and export again as CSV.',
    retry: 'hold',
  },
  FILE_JSON_INVALID: {
    meaning: 'The file is named as JSON and is not one array of objects.',
    hint: 'Export again; if the dump is of another form, export as CSV.',
    retry: 'hold',
  },
  FILE_IS_WORKBOOK: {
    meaning: 'The file is a workbook (.xlsx or .xls) or an archive, whatever its name says.',
    hint: 'Save it as “CSV UTF-8”.',
    retry: 'hold',
  },
  FILE_DELIMITER_UNKNOWN: {
    meaning: 'More than one delimiter would fit the file equally well.',
    hint: 'Declare the delimiter in the configuration.',
    retry: 'hold',
  },
  FILE_UNTERMINATED_QUOTE: {
    meaning: 'A quoted cell is never closed: the export was cut off, or holds a stray quote.',
    hint: 'Export it again; if it stays, look at the line that is named.',
    retry: 'hold',
  },
  FILE_QUOTES_BROKEN: {
    meaning: 'A stray quote swallows the lines after it, so that the rows cannot be told apart.',
    hint: 'Correct the line that is named (quotes inside a quoted cell are doubled), or export again.',
    retry: 'hold',
  },
  FILE_ROW_TOO_LARGE: {
    meaning: 'A row is larger than any row may be; most likely a quote that is not closed.',
    hint: 'Look at the line that is named, or export again.',
    retry: 'hold',
  },
  FILE_IDS_MANGLED: {
    meaning: 'Ids were turned into numbers such as 1.23E+15 by a spreadsheet; the real ids are lost.',
    hint: 'Export again and do not open the file in a spreadsheet before it is read.',
    retry: 'hold',
  },
  FILE_ALL_ROWS_REJECTED: {
    meaning: 'Not one row of the file could be read.',
    hint: 'See the reject file for the reasons; most likely delimiter or header do not belong to the rows.',
    retry: 'hold',
  },
  FILE_UNREADABLE: {
    meaning: 'The operating system refuses to read or write the file.',
    hint: 'Check the permissions of the folder for the user that Changeover runs as.',
    retry: 'later',
  },
  ROW_RAGGED: {
    meaning: 'The row has more or fewer cells than the header.',
    hint: 'Correct the row in the source and export again.',
    retry: 'hold',
  },
  ROW_QUOTES: {
    meaning: 'The row holds a quote where none may stand.',
    hint: 'Correct the row in the source and export again.',
    retry: 'hold',
  },
  ROW_CELL_TOO_LARGE: {
    meaning: 'A cell of the row is longer than a cell may be.',
    hint: 'Shorten the value in the source, or raise the limit.',
    retry: 'hold',
  },
  ROW_NO_ID: {
    meaning: 'The row has no id.',
    hint: 'Give the record an id in the source and export again.',
    retry: 'hold',
  },
  ROW_DUPLICATE_ID: {
    meaning: 'The same id stands in more than one row of the file; none of these rows is believed.',
    hint: 'Correct the records in the source and export again.',
    retry: 'hold',
  },
  ROW_TOTALS: {
    meaning: 'The line is a sum of the report, not a record.',
    hint: 'Nothing to do; export without totals where possible.',
    retry: 'never',
  },
  ROW_PAGE_LINE: {
    meaning: 'The line is a page number or foot line of a report, not a record.',
    hint: 'Nothing to do; export without it where possible.',
    retry: 'never',
  },
  CELL_INVALID: {
    meaning: 'A cell does not have the format that its column was declared to have.',
    hint: 'Correct the value, or the format in the mapping.',
    retry: 'hold',
  },
  EXPORT_NONE: {
    meaning: 'There is no complete export in the folder yet.',
    hint: 'Put an export into the folder.',
    retry: 'later',
  },
  EXPORT_UNKNOWN: {
    meaning:
      'The archive in the folder holds no file that the connector knows: a dump of another product, version or form.',
    hint: 'Name its files in the setting `files`, export as the connector’s README says, or take it out of the folder.',
    retry: 'hold',
  },
  EXPORT_INCOMPLETE: {
    meaning: 'The export is still being copied, or files that its manifest names are missing.',
    hint: 'Wait for the copy to end; if it has, compare the folder with its manifest.',
    retry: 'later',
  },
  EXPORT_CHANGED: {
    meaning: 'A file of the export changed while it was read; nothing of it was used.',
    hint: 'It is tried again by itself.',
    retry: 'later',
  },
  EXPORT_VANISHED: {
    meaning: 'The folder or file of the export disappeared; nothing was moved.',
    hint: 'Put it back, or check the mount; it is tried again by itself.',
    retry: 'later',
  },
  EXPORT_OLDER: {
    meaning: 'The newest export in the folder is older than the one read last.',
    hint: 'Put a newer export into the folder; older ones are never read, as they would undo changes.',
    retry: 'later',
  },
  EXPORT_CUT_OFF: {
    meaning: 'The file ends in the middle of a row, or is shorter than its manifest says: the export was cut off.',
    hint: 'Export it again.',
    retry: 'hold',
  },
  EXPORT_DAMAGED: {
    meaning: 'The zip of the export cannot be opened, or a file differs from its checksum.',
    hint: 'Copy or export it again.',
    retry: 'hold',
  },
  EXPORT_MANIFEST_INVALID: {
    meaning: 'The manifest.json of the export cannot be understood.',
    hint: 'Correct it, or leave it out.',
    retry: 'hold',
  },
  EXPORT_UNSAFE_PATH: {
    meaning: 'A path leads outside the export.',
    hint: 'Do not use this export; find out who made it.',
    retry: 'never',
  },
  EXPORT_TOO_LARGE: {
    meaning: 'The export would unpack to more than is allowed.',
    hint: 'Raise the limit if the export really is that large.',
    retry: 'hold',
  },
  EXPORT_OBJECT_MISSING: {
    meaning: 'The export lacks the file of an object.',
    hint: 'Export it too, or answer in `changeover review` that it is not needed.',
    retry: 'hold',
  },
  EXPORT_OBJECT_TWICE: {
    meaning: 'More than one file of the export could be this object.',
    hint: 'Leave one of them out.',
    retry: 'hold',
  },
  EXPORT_COLUMN_MISSING: {
    meaning: 'The file lacks a column that is needed.',
    hint: 'Export it too, add its header to the aliases, or answer in `changeover review` that it is not needed.',
    retry: 'hold',
  },
  EXPORT_FILE_MISSING: {
    meaning: 'A record refers to a file that the export does not hold.',
    hint: 'Export it too.',
    retry: 'hold',
  },
  WORK_FOLDER_FULL: {
    meaning: 'The disk of the work folder is full; nothing was moved.',
    hint: 'Free space: an export needs about twice its size. Reading goes on by itself.',
    retry: 'later',
  },

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
  BUS_OTHER_DEPLOYMENT: {
    meaning: 'The topics of this source belong to another deployment: their events would be taken for each other’s.',
    hint: 'Give the source another name, or set `kafka.topicPrefix`, so that each deployment has topics of its own.',
    retry: 'never',
  },
  BUS_OTHER_STATE: {
    meaning: 'The log belongs to a deployment of this name, but to another state than the one that was opened.',
    hint: 'Check `state.url` and `dataFolder`. Where the state was lost, run `changeover state rebuild`; where another deployment has the same name, rename one.',
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
  BUS_UNREACHABLE: {
    meaning: 'None of the Kafka brokers named could be reached.',
    hint: 'Check `brokers`, the network, and whether that listener wants TLS or a password.',
    retry: 'later',
  },
  BUS_UNAVAILABLE: {
    meaning: 'Kafka could not do this at present: a broker is down, or too few copies are in step.',
    hint: 'Look at the brokers; the work goes on by itself once they answer, and nothing was counted as written.',
    retry: 'later',
  },
  BUS_TLS: {
    meaning: 'The connection to Kafka could not be encrypted: the certificate is not trusted, or is for another host.',
    hint: 'Name the file of the authority that signed the certificate of the brokers, and use the host name that stands in it.',
    retry: 'hold',
  },
  BUS_AUTHENTICATION: {
    meaning: 'Kafka refused the user name, the password, or the mechanism.',
    hint: 'Check the mechanism, the user name, and where the password comes from; nothing was read or written.',
    retry: 'hold',
  },
  BUS_FORBIDDEN: {
    meaning: 'Kafka does not allow this user to do that.',
    hint: 'Give the user the right that the message names (an ACL), then resume.',
    retry: 'hold',
  },
  BUS_MESSAGE_TOO_LARGE: {
    meaning: 'A message is larger than the log takes (8 MiB).',
    hint: 'Leave the field out that is so long, or shorten it in the source.',
    retry: 'never',
  },
  BUS_TOPIC_RETENTION: {
    meaning: 'The topic exists, and forgets messages sooner than the cutover needs them.',
    hint: 'Raise its retention with the command that the message gives, or name a shorter one in `log.retentionDays`.',
    retry: 'hold',
  },
  BUS_TOPIC_UNSAFE: {
    meaning:
      'The topic exists with settings under which messages can be lost or refused, or cannot be made with safe ones.',
    hint: 'Change the settings that the message lists, or remove the topic while it is empty and let Changeover make it.',
    retry: 'hold',
  },
  EVENT_NOT_OURS: {
    meaning: 'A message in the log is not an event of Changeover: it is too short, or does not begin as one.',
    hint: 'Somebody else wrote to the topic; the message is skipped and listed. Find out who, and give them another topic.',
    retry: 'never',
  },
  EVENT_SCHEMA_UNKNOWN: {
    meaning: 'An event names a schema that neither the log nor the registry knows.',
    hint: 'The log and its schemas belong together: restore both from one backup, or point to the registry the log was written with.',
    retry: 'never',
  },
  EVENT_DAMAGED: {
    meaning: 'The bytes of an event do not fit the schema that it names.',
    hint: 'Check the disk of the log; the record comes again with the next snapshot of its object.',
    retry: 'never',
  },
  EVENT_SCHEMA_INCOMPATIBLE: {
    meaning: 'The source changed the type of fields, so that events already in the log could not be read any more.',
    hint: 'Change the type back in the source, or accept the change under a new field name; the object waits meanwhile.',
    retry: 'hold',
  },
  REGISTRY_UNREACHABLE: {
    meaning: 'The schema registry does not answer.',
    hint: 'Check `registry.url` and the registry; events whose schemas are known go on, new ones wait.',
    retry: 'later',
  },
  REGISTRY_AUTHENTICATION: {
    meaning: 'The schema registry refused the user name or the password.',
    hint: 'Check the user name and where the password of the registry comes from.',
    retry: 'hold',
  },
  REGISTRY_ANSWER: {
    meaning: 'The schema registry answered with something unexpected.',
    hint: 'Check that `registry.url` is the address of an API like that of the Confluent registry; Apicurio has it under /apis/ccompat/v7.',
    retry: 'hold',
  },
  REGISTRY_COMPATIBILITY: {
    meaning:
      'The registry would accept schemas with which events of before cannot be read, and does not let that be changed.',
    hint: 'Set the compatibility of the subject to BACKWARD, or give the user the right to.',
    retry: 'hold',
  },
  EVENT_FIELD_UNKNOWN: {
    meaning: 'A record has a field that was not discovered.',
    hint: 'Run `changeover discover`; the field is added and reading goes on.',
    retry: 'hold',
  },
  EVENT_VALUE_INVALID: {
    meaning: 'A value does not have the type that was discovered for its field.',
    hint: 'Correct the value in the source, or run `changeover discover` where the field has changed.',
    retry: 'hold',
  },

  // state
  STATE_TOO_NEW: {
    meaning: 'The state was written by a newer version of Changeover.',
    hint: 'Run the version that wrote it, or restore the backup made before the upgrade.',
    retry: 'never',
  },
  STATE_NOT_A_STATE: {
    meaning: 'The file, or the database schema, is not a state of Changeover.',
    hint: 'Check the configured place of the state; what was found there was left as it is.',
    retry: 'never',
  },
  STATE_CORRUPT: {
    meaning: 'The state is damaged.',
    hint: 'Stop, keep a copy of the file with its -wal, and restore a backup or run `changeover state rebuild`.',
    retry: 'never',
  },
  STATE_DISK_FULL: {
    meaning: 'The state could not grow, because the disk or its quota is full; nothing of the transaction was kept.',
    hint: 'Free space on the disk of the state; the same work is tried again by itself.',
    retry: 'later',
  },
  STATE_IO: {
    meaning: 'The disk of the state gave an error; nothing of the transaction was kept.',
    hint: 'Look at the system log for errors of the disk, and at the folder and rights of the file.',
    retry: 'later',
  },
  STATE_BUSY: {
    meaning: 'Another process kept the state locked for too long; nothing of the transaction was kept.',
    hint: 'End the other process (a database tool that has the file open?); the same work is tried again by itself.',
    retry: 'later',
  },
  STATE_READ_ONLY: {
    meaning: 'The state may only be read here, and something wanted to write.',
    hint: 'Check the rights of the file; commands that write go through the running daemon.',
    retry: 'never',
  },
  STATE_ADDRESS: {
    meaning: 'The address of the state database cannot be understood.',
    hint: 'Write it as postgresql://user@host:5432/database, with ?sslmode=disable where the server has no TLS.',
    retry: 'never',
  },
  STATE_UNREACHABLE: {
    meaning: 'The state database does not answer, or the connection to it broke; nothing of the transaction was kept.',
    hint: 'Check that the server runs and takes connections from here (address, firewall); the same work is tried again by itself.',
    retry: 'later',
  },
  STATE_COMMIT_UNKNOWN: {
    meaning: 'The connection to the state database broke during a commit, and it is not known whether that happened.',
    hint: 'Bring the database back; what the state says then is what happened, and work goes on from there.',
    retry: 'later',
  },
  STATE_ACCESS_DENIED: {
    meaning: 'The state database refused the user or the password.',
    hint: 'Check the user in the address and the password, and that pg_hba.conf lets this user in from here.',
    retry: 'never',
  },
  STATE_DATABASE_UNKNOWN: {
    meaning: 'The server of the state has no such database.',
    hint: 'Check the name at the end of the address, or create the database: CREATE DATABASE name;',
    retry: 'never',
  },
  STATE_TLS: {
    meaning: 'No TLS connection to the state database came about: it offers none, or its certificate is not trusted.',
    hint: 'Give the certificate of the authority that signed it; only where the network is yours, add ?sslmode=disable.',
    retry: 'never',
  },
  STATE_NO_RIGHT: {
    meaning: 'The user of the state database may not do what is needed.',
    hint: 'Give it the right to create the schema of the state, or a schema that belongs to it.',
    retry: 'never',
  },
  STATE_SERVER_UNFIT: {
    meaning: 'The database server, or the encoding of the database, cannot hold the state.',
    hint: 'Use PostgreSQL 14 or newer and a database with the encoding UTF8.',
    retry: 'never',
  },
  STATE_CLOCKS_DIFFER: {
    meaning:
      "This machine's clock and that of the state database are too far apart for several processes to work together.",
    hint: 'Set both by the same time servers (NTP), then start again.',
    retry: 'later',
  },
  STATE_OTHER_DEPLOYMENT: {
    meaning: 'The state, or the backup, belongs to another deployment.',
    hint: 'Check the name of the deployment and the place of the state; each deployment needs a state of its own.',
    retry: 'never',
  },
  STATE_CLOSED: { meaning: 'The state is closed.', hint: 'Nothing to do: the process is stopping.', retry: 'never' },
  STATE_LEASE_LOST: {
    meaning: 'The lease was taken by another process; what this one wanted to commit was refused.',
    hint: 'Nothing to do: the process that has the lease goes on. Look why this one stood still for so long.',
    retry: 'later',
  },
  STATE_BACKUP_TARGET: {
    meaning: 'The backup cannot be written to this file.',
    hint: 'Name a file that does not exist yet, in a folder that exists and may be written.',
    retry: 'never',
  },
  STATE_BACKUP_UNREADABLE: {
    meaning: 'The backup cannot be read.',
    hint: 'Check the path and the rights of the file.',
    retry: 'never',
  },
  STATE_BACKUP_DAMAGED: {
    meaning: 'The file is no backup of a state, or not whole: it was cut off or changed. The state was left as it was.',
    hint: 'Restore another backup; a copy that was made again from where this one came from may be whole.',
    retry: 'never',
  },
  STATE_NOT_EMPTY: {
    meaning: 'A backup was to be restored into a state that knows something already.',
    hint: 'Restore into an empty state, or make a backup of this one and say --replace.',
    retry: 'never',
  },
  REVIEW_UNKNOWN: {
    meaning: 'There is no such open question.',
    hint: 'List them with `changeover review list`; a question that no longer matters is withdrawn.',
    retry: 'never',
  },
  REVIEW_CHOICE_UNKNOWN: {
    meaning: 'The answer is none of the choices of the question.',
    hint: 'Answer with one of the choices named.',
    retry: 'never',
  },

  // mapping
  MAPPING_UNREADABLE: {
    meaning: 'The mapping file is not readable YAML, or cannot be opened.',
    hint: 'Correct the file at the place named.',
    retry: 'never',
  },
  MAPPING_INVALID: {
    meaning: 'Something in the mapping file is not as the language wants it.',
    hint: 'Correct the file at the place named; docs/guide/mapping.md explains the language.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_KEY: {
    meaning: 'The mapping file has a key that the language does not know.',
    hint: 'Correct the spelling; docs/guide/mapping.md lists the keys.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_TRANSFORM: {
    meaning: 'The mapping uses a transform that does not exist.',
    hint: 'Take one of the transforms of docs/guide/mapping.md.',
    retry: 'never',
  },
  MAPPING_TRANSFORM_SETTINGS: {
    meaning: 'The settings of a transform are not as it wants them.',
    hint: 'See the transform in docs/guide/mapping.md.',
    retry: 'never',
  },
  MAPPING_TRANSFORM_TYPE: {
    meaning: 'A transform gets a kind of value that it cannot take.',
    hint: 'Put a transform that converts the value before it, or leave one out.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_NAME: {
    meaning: 'The mapping refers to a choice, table, list, question, link or index that it does not define.',
    hint: 'Define it, or correct the name.',
    retry: 'never',
  },
  MAPPING_CONFLICT: {
    meaning: 'Two places of the mapping say different things about the same field, object or option.',
    hint: 'Make them agree.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_OBJECT: {
    meaning: 'The mapping names a source object or a Twenty object that does not exist.',
    hint: 'Correct the name, or let `provision` in the mapping make it.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_COLUMN: {
    meaning: 'The mapping names a column that the source object does not have.',
    hint: 'Correct the name; headers count exactly, letter by letter.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_FIELD: {
    meaning: 'The mapping writes to a Twenty field that neither exists nor is created by the mapping.',
    hint: 'Correct the name, or add `create` to the field.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_OPTION: {
    meaning: 'The mapping uses an option that the field neither has nor gets from the mapping.',
    hint: 'Correct the option, or add it to the options that the mapping creates.',
    retry: 'never',
  },
  MAPPING_UNMAPPED: {
    meaning: 'A discovered object or column is neither mapped nor skipped.',
    hint: 'Map it, or skip it with a reason.',
    retry: 'never',
  },
  MAPPING_UNDECIDED: {
    meaning: 'The proposal left a column for a person to decide.',
    hint: 'Map the column or skip it with a reason, and take it out of `undecided`.',
    retry: 'never',
  },
  MAPPING_TYPE_MISMATCH: {
    meaning: 'What the transforms give does not fit the type of the Twenty field.',
    hint: 'Add the transform that gives this type.',
    retry: 'never',
  },
  MAPPING_AMBIGUOUS_FORMAT: {
    meaning: 'The values of the column can be read in more than one way, and the mapping does not say which.',
    hint: 'Add the column to `formats`.',
    retry: 'never',
  },
  MAPPING_LINK_UNMAPPED: {
    meaning: 'A link points to an object that the mapping does not move.',
    hint: 'Map that object, or remove the attempt.',
    retry: 'never',
  },
  MAPPING_TIER_ORDER: {
    meaning: 'A record would be written before the record it points at.',
    hint: 'Correct `tier`: parents come first.',
    retry: 'never',
  },
  MAPPING_REQUIRED_FIELD: {
    meaning: 'The mapping can leave a field empty that Twenty requires.',
    hint: 'Give it a `default`, or `onEmpty: leave`.',
    retry: 'never',
  },
  MAPPING_LOSSY: {
    meaning: 'What the mapping does loses something.',
    hint: 'Read the list of losses before confirming; nothing has to be done where it is meant.',
    retry: 'never',
  },
  MAPPING_NOT_CONFIRMED: {
    meaning: 'Nobody confirmed this mapping.',
    hint: 'Look at `changeover map check` and confirm it with `changeover map confirm`.',
    retry: 'hold',
  },
  MAPPING_CHANGED: {
    meaning: 'The mapping changed since it was confirmed.',
    hint: 'Look at `changeover map preview` and confirm it again, or put the confirmed file back.',
    retry: 'hold',
  },
  MAPPING_BAD_EMAIL: {
    meaning: 'A value is not an e-mail address.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_PHONE: {
    meaning: 'A value is not a phone number.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_LINK: {
    meaning: 'A value is not a web address.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_NUMBER: {
    meaning: 'A value is not a number, or not one that the field can hold.',
    hint: 'Correct it in the source, or the format in the mapping.',
    retry: 'hold',
  },
  MAPPING_BAD_DATE: {
    meaning: 'A value is not a date or time of the format that the mapping says.',
    hint: 'Correct it in the source, or the format in the mapping.',
    retry: 'hold',
  },
  MAPPING_BAD_BOOLEAN: {
    meaning: 'A value is none of the words for yes and no.',
    hint: 'Add the word to the format in the mapping, or correct it in the source.',
    retry: 'hold',
  },
  MAPPING_BAD_CURRENCY: {
    meaning: 'A value is not an amount with a currency.',
    hint: 'Correct it in the source, or give the mapping a default currency.',
    retry: 'hold',
  },
  MAPPING_BAD_VALUE: {
    meaning: 'A value is not what the transform needs.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_OPTION_NOT_LISTED: {
    meaning: 'A value is none of the options of the field.',
    hint: 'Add it to the options or to the rename table of the mapping, and confirm the mapping again.',
    retry: 'hold',
  },

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
      'This workspace lacks what Changeover needs of Twenty (1.8 or later, with custom objects by the metadata API).',
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
  TWENTY_PROVISION_CONFLICT: {
    meaning: 'The data model of the workspace contradicts what the mapping wants.',
    hint: 'Read the conflicts of `changeover provision plan`, and change the mapping or the workspace; nothing was changed.',
    retry: 'hold',
  },
  TWENTY_PROVISION_REFUSED: {
    meaning: 'Twenty refused a change of its data model.',
    hint: 'Read the message; what was made before stays, and the same command goes on from there.',
    retry: 'hold',
  },
  TWENTY_AUTOMATIONS_NOT_AGREED: {
    meaning: 'Writing would set off workflows or webhooks of the workspace that nobody agreed to.',
    hint: 'Switch them off in Twenty, or agree with `changeover automations agree --by "Your Name"`.',
    retry: 'hold',
  },
  TWENTY_REVERT_WHILE_WRITING: {
    meaning: 'What provisioning added is not taken away while records are being written.',
    hint: 'Stop the daemon first; `changeover provision revert --dry-run` says at any time what could go.',
    retry: 'hold',
  },
  TWENTY_SCHEMA_STALE: {
    meaning: 'A change of the data model was made, but cannot be used yet.',
    hint: 'Wait a minute and run the command again; it goes on from there.',
    retry: 'later',
  },
  TWENTY_SYNC_FIELDS_FOREIGN: {
    meaning: 'The sync fields in this workspace belong to another deployment.',
    hint: 'Two deployments must not write to one workspace: stop the other one and remove its sync fields, or use its deployment id.',
    retry: 'never',
  },

  // files
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
    meaning: 'The file alone is larger than the staging folder may become.',
    hint: 'Raise `files.stagingMegabytes`, then `changeover files retry`.',
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

  // sink
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

  // dead letters
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

  // review and owners
  OWNER_NOT_A_MEMBER: {
    meaning: 'Somebody was named as owner who is not a member of the workspace.',
    hint: 'Invite them in Twenty and wait until they have accepted, or name another member.',
    retry: 'hold',
  },

  // inventory
  INVENTORY_INVALID: {
    meaning: 'A filled-in inventory of automations cannot be understood.',
    hint: 'Mend the lines named; `changeover inventory template` writes a valid example.',
    retry: 'never',
  },

  // server and cli
  STATE_NOT_LOST: {
    meaning: 'A rebuild was asked for although the state still knows records.',
    hint: 'Rebuilding is for a lost state; move the file away first if you mean it.',
    retry: 'never',
  },
  MOVE_NOTHING: {
    meaning: 'A move was asked for, and no embedded deployment lies in the data folder.',
    hint: 'Check `dataFolder`, and that the command runs where the deployment ran; one that begins on Kafka needs no move.',
    retry: 'never',
  },
  MOVE_NEEDED: {
    meaning:
      'The configuration names Kafka and PostgreSQL, but the events of the deployment lie in files that were not moved.',
    hint: 'Run `changeover move`, or take kafka, registry and state out of changeover.yaml; docs/guide/shapes.md tells more.',
    retry: 'never',
  },
  MOVE_DONE: {
    meaning: 'The deployment was moved to Kafka and PostgreSQL: the files in this data folder are only what was then.',
    hint: 'Name kafka, registry and state in changeover.yaml; the files may be removed, all but the folder `work`.',
    retry: 'never',
  },
  MOVE_UNFINISHED: {
    meaning: 'A move into this state and log was begun and has not come to its end; nothing may run on a part.',
    hint: 'Run `changeover move` again where it was begun, and it goes on. To give it up, remove the new topics and the schema of the new state.',
    retry: 'hold',
  },
  MOVE_TARGET_USED: {
    meaning: 'A move needs an empty state and empty topics, and these hold something already.',
    hint: 'Name another schema of the database, or another cluster; remove what is there if nobody needs it.',
    retry: 'never',
  },
  MOVE_RETENTION: {
    meaning:
      'Events in the log are older than `log.retentionDays`: Kafka would remove them as soon as they are copied.',
    hint: 'Raise `log.retentionDays`, or leave it out for as long as the changeover lasts.',
    retry: 'never',
  },
  MOVE_DIFFERS: {
    meaning: 'The new log is not what the old one is; the files stay what counts.',
    hint: 'Find out who else writes to the topics. Remove the topics and the schema of the new state, and move again.',
    retry: 'never',
  },
  DAEMON_UNREACHABLE: {
    meaning: 'A daemon is running on this data folder but does not answer.',
    hint: 'Look at its log; if it hangs, stop it by its process number and run the command again.',
    retry: 'later',
  },
  DAEMON_REFUSED: {
    meaning: 'The running daemon refused the operation.',
    hint: 'Its message says why.',
    retry: 'never',
  },
  DAEMON_NEEDED: {
    meaning: 'This command speaks to a running daemon, and none runs on this data folder.',
    hint: 'Start it with `changeover run`.',
    retry: 'later',
  },
  CONNECTOR_UNKNOWN: {
    meaning: 'The configuration names a connector that does not exist.',
    hint: 'docs/reference/connectors.md lists them.',
    retry: 'never',
  },
  // connectors/dataverse
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
    hint: 'Give its role read access at organization level to the table named, then restart the object.',
    retry: 'never',
  },
  DATAVERSE_NO_TABLE: {
    meaning: 'The environment has no such table, or not for this user: Sales or Service may not be installed.',
    hint: 'Take the object out of the mapping, or install the module.',
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

  // connectors/kinabase
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
    hint: 'Ask the support again, and let an administrator make a CSV export of all collections meanwhile.',
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
    hint: 'Take the object out of the mapping, or give the key its rights back, then restart the object.',
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
  // connectors/dinamik
  DINAMIK_CREDENTIALS: {
    meaning: 'DinamikCRM gave no token for this API key and secret.',
    hint: 'Check both where the settings of the source say they are kept, and that the key was not withdrawn in the account.',
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
    hint: 'Give the user of the key the right to read the module named, then restart the object; the others go on.',
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
    hint: 'Nothing was deleted. Name its controller under `customModules`, or take the object out of the mapping; then restart it.',
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

  USAGE: { meaning: 'The command line is not understood.', hint: 'Run the command with --help.', retry: 'never' },
  SAMPLES_REFUSED: {
    meaning: 'Sample data goes only into an empty or agreeing workspace, and only on request.',
    hint: 'Give --samples, and a workspace without other records.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
