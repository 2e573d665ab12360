import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the state store. */
export const STATE_CODES = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
