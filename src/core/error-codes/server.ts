import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the daemon, its commands and the inventory. */
export const SERVER_CODES = {
  INVENTORY_INVALID: {
    meaning: 'A filled-in inventory of automations cannot be understood.',
    hint: 'Mend the lines named; `changeover inventory template` writes a valid example.',
    retry: 'never',
  },

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
  CONNECTOR_NO_CHECKOUT: {
    meaning: 'A connector was to be laid, and this is not a checkout of the project.',
    hint: 'Clone the repository of Changeover and give the command there; docs/guide/connectors.md says how.',
    retry: 'never',
  },
  CONNECTOR_EXISTS: {
    meaning: 'A connector was to be laid, and there is one of that name already.',
    hint: 'Take another name, or remove the folder in connectors/ first.',
    retry: 'never',
  },
  CONNECTOR_UNKNOWN: {
    meaning: 'The configuration names a connector that does not exist.',
    hint: 'docs/reference/connectors.md lists them.',
    retry: 'never',
  },

  USAGE: { meaning: 'The command line is not understood.', hint: 'Run the command with --help.', retry: 'never' },
  SAMPLES_REFUSED: {
    meaning: 'Sample data goes only into an empty or agreeing workspace, and only on request.',
    hint: 'Give --samples, and a workspace without other records.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
