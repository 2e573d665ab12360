import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the log and its events. */
export const BUS_CODES = {
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
    hint: 'Change the type back in the source, or accept the change under a new field name; the object waits meanwhile. Where nothing changed in the source, somebody stored another version under the subject in the registry: delete that.',
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
  REGISTRY_SUBJECT_FOREIGN: {
    meaning: 'A subject of the registry that Changeover uses holds a newest schema that is not of its events.',
    hint: 'Find out who stored it and delete that version of the subject; those before it stay. Or set `kafka.topicPrefix`, so that no names are shared.',
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
} as const satisfies Record<string, ErrorCodeEntry>;
