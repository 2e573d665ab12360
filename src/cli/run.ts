import { Command as Commander, CommanderError } from 'commander';
import type { Environment } from '../config/load.ts';
import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import { type Command, type CommandContext, type CommandResult, EXIT_CODES } from './command.ts';
import { COMMANDS } from './commands.ts';
import { errorText, exitCodeOf } from './failure.ts';
import { COMMAND_GROUPS } from './groups.ts';
import { version } from './version.ts';

export interface CommandLineWorld {
  readonly environment: Environment;
  readonly terminal: boolean;
  out(text: string): void;
  say(line: string): void;
  /** Asks the person at the terminal; null where nobody sits there. */
  readonly ask: CommandContext['ask'];
  makeLogger(level: 'debug' | 'info' | 'warn' | 'error'): Logger;
  /** Returns how to stop listening. */
  onSignal(handle: (signal: string) => void): () => void;
  exitNow(code: number): void;
}

interface GlobalOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Runs one command line and returns its exit code. The result goes to standard output, everything else to standard error. */
export async function runCommandLine(argv: readonly string[], world: CommandLineWorld): Promise<number> {
  let exit = 0;
  const program = new Commander('changeover')
    .description('Runs beside two CRMs while a team moves from one to the other, and proves that both sides agree.')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: world.out, writeErr: (text) => world.say(text.trimEnd()) });
  const groups = new Map<string, Commander>();
  for (const command of COMMANDS) {
    addCommand(program, groups, command, async (input, globals) => {
      exit = await runOne(command, input, globals, world);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    throw thrown;
  }
  return exit;
}

type Input = Parameters<Command['run']>[1];

function addCommand(
  program: Commander,
  groups: Map<string, Commander>,
  command: Command,
  action: (input: Input, globals: GlobalOptions) => Promise<void>,
): void {
  const words = command.name.split(' ');
  const verb = words.at(-1) ?? command.name;
  let parent = program;
  if (words.length > 1) {
    const group = words[0] ?? '';
    const known =
      groups.get(group) ??
      program
        .command(group)
        .description(COMMAND_GROUPS[group] ?? '')
        .exitOverride();
    groups.set(group, known);
    parent = known;
  }
  const one = parent
    .command(verb)
    .summary(command.summary)
    .description(command.description === undefined ? command.summary : `${command.summary}\n${command.description}`)
    .exitOverride();
  for (const argument of command.arguments) {
    const name = argument.many === true ? `${argument.name}...` : argument.name;
    one.argument(argument.required ? `<${name}>` : `[${name}]`, argument.description);
  }
  for (const option of command.options) {
    if (option.many === true)
      one.option(option.flags, option.description, (value: string, all: string[]) => [...all, value], [] as string[]);
    else one.option(option.flags, option.description);
  }
  one.option('--config <file>', 'configuration file', 'changeover.yaml');
  one.option('--json', 'print one JSON document instead of text');
  one.option('--verbose', 'log what is being done, on standard error');
  if (command.examples.length > 0)
    one.addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`);
  one.action(async (...parts: unknown[]) => {
    const options = one.opts<GlobalOptions & Input['options']>();
    const given = parts.slice(0, command.arguments.length).flat() as (string | undefined)[];
    await action(
      {
        arguments: given.filter((value): value is string => value !== undefined),
        options: options as Input['options'],
      },
      options,
    );
  });
}

async function runOne(
  command: Command,
  input: Input,
  globals: GlobalOptions,
  world: CommandLineWorld,
): Promise<number> {
  const stop = new AbortController();
  let signals = 0;
  const forget = world.onSignal((signal) => {
    signals += 1;
    // The second signal means it: whatever is in flight is settled at the next start.
    if (signals > 1) world.exitNow(exitCodeAfter(signal));
    else stop.abort(new ChangeoverError('CANCELLED', `stopped by ${signal}`));
  });
  const json = globals.json === true;
  try {
    const result = await command.run(
      {
        configFile: globals.config,
        environment: world.environment,
        json,
        terminal: world.terminal,
        logger: world.makeLogger(globals.verbose === true ? 'debug' : 'warn'),
        say: (line) => world.say(line),
        ask: world.ask,
        signal: stop.signal,
      },
      input,
    );
    print(result, json, world);
    return EXIT_CODES[result.exit].code;
  } catch (thrown) {
    return fail(asChangeoverError(thrown), json, world);
  } finally {
    forget();
  }
}

function print(result: CommandResult, json: boolean, world: CommandLineWorld): void {
  if (json) world.out(`${JSON.stringify(result.json)}\n`);
  else if (result.text !== '') world.out(`${result.text}\n`);
}

function fail(error: ChangeoverError, json: boolean, world: CommandLineWorld): number {
  if (json) world.out(`${JSON.stringify({ error: error.toJSON() })}\n`);
  else {
    world.say(errorText(error));
    if (error.code === 'INTERNAL' && error.stack !== undefined) world.say(error.stack);
  }
  return exitCodeOf(error);
}

/** The exit code of a program that a second signal stops at once. */
export function exitCodeAfter(signal: string): number {
  return EXIT_CODES[signal === 'SIGTERM' ? 'terminated' : 'interrupted'].code;
}
