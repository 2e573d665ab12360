import type { ErrorCodeEntry } from './entry.ts';

/** Codes of core: faults of the program, HTTP. */
export const CORE_CODES = {
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
  HTTP_PRIVATE_ADDRESS: {
    meaning: 'An address that came from outside leads into a private network; it was not called.',
    hint: 'Where the files really lie in your own network, allow it in the settings of the source (`attachments.privateAddresses`).',
    retry: 'hold',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
