import type { ErrorCodeEntry } from './entry.ts';

/** Codes of the configuration. */
export const CONFIG_CODES = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
