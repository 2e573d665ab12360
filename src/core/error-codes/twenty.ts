import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the workspace. */
export const TWENTY_CODES = {
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
      'This workspace lacks what Changeover needs of Twenty (1.8 or later, with custom objects by the metadata API and bodyV2 in notes and tasks).',
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
} as const satisfies Record<string, ErrorCodeEntry>;
