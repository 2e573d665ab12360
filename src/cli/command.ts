import type { Environment } from '../config/load.ts';
import type { Logger } from '../core/ports.ts';

/**
 * One command of the command line. Every command gives its result twice: as data for --json and as text for people.
 * docs/reference/commands.md is generated from these tables.
 */
export interface Command {
  /** `map check`: group and verb. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  run(context: CommandContext, input: CommandInput): Promise<CommandResult>;
}

export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly many?: boolean;
}

export interface CommandOption {
  /** In commander's form: `--from <time>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times. */
  readonly many?: boolean;
}

export interface CommandContext {
  /** Path of changeover.yaml. */
  readonly configFile: string;
  readonly environment: Environment;
  readonly json: boolean;
  readonly terminal: boolean;
  readonly logger: Logger;
  /** A line for people, on standard error: never part of the result. */
  say(line: string): void;
  /** Asks the person at the terminal; null where nobody sits there. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CommandInput {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  readonly exit: ExitName;
}

/** The exit codes, for scripts. docs/reference/commands.md lists them. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'Done; nothing is left to do.' },
  failed: { code: 1, meaning: 'It failed; the error says what happened and what to do.' },
  usage: { code: 2, meaning: 'The command line is not understood.' },
  waiting: { code: 3, meaning: 'It waits for a person: `changeover review` lists the questions.' },
  unavailable: { code: 4, meaning: 'The other side cannot be reached at present; the same command may succeed later.' },
  findings: { code: 5, meaning: 'A check found something: the output lists it.' },
  interrupted: {
    code: 130,
    meaning: 'Stopped at once by a second Ctrl-C; calls in flight are settled at the next start.',
  },
  terminated: {
    code: 143,
    meaning: 'Stopped at once by a second SIGTERM; calls in flight are settled at the next start.',
  },
} as const satisfies Record<string, { code: number; meaning: string }>;
export type ExitName = keyof typeof EXIT_CODES;
