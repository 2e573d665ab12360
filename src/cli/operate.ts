import { userInfo } from 'node:os';
import { Application } from '../app/application.ts';
import { type Operation, runOperation } from '../app/operation.ts';
import { pathsOf } from '../app/paths.ts';
import { systemPorts } from '../app/ports.ts';
import { adminToken, askDaemon, findDaemon } from '../app/running.ts';
import { scaledOut } from '../app/shapes/settings.ts';
import { loadConfiguration } from '../config/load.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { CommandContext, CommandInput } from './command.ts';

/**
 * Runs an operation where it belongs: in the running daemon if there is one, else in this process on the opened
 * deployment. Reads run here beside a daemon too.
 */
export async function operate<Input, Result>(
  context: CommandContext,
  operation: Operation<Input, Result>,
  input: unknown,
): Promise<Result> {
  const loaded = loadConfiguration(context.configFile, context.environment);
  const paths = pathsOf(loaded);
  // Processes that share a state need no asking: what is decided in it takes effect in all of them.
  const daemon = scaledOut(loaded.configuration) !== null ? null : findDaemon(paths);
  if (daemon !== null) return (await askDaemon(daemon, adminToken(paths), operation.name, input)) as Result;
  return withApplication(context, operation.access, (app) => runOperation(operation, { app, daemon: null }, input));
}

export async function withApplication<Result>(
  context: CommandContext,
  access: 'read' | 'write',
  work: (app: Application) => Promise<Result>,
): Promise<Result> {
  const loaded = loadConfiguration(context.configFile, context.environment);
  const app = await Application.open(loaded, systemPorts(context.logger, context.environment), access);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Who does it, for the audit: as said with --by, else the user of the machine. */
export function whoever(input: CommandInput): string {
  const by = input.options.by;
  if (typeof by === 'string' && by.trim() !== '') return by.trim();
  return userInfo().username;
}

export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}

export function number(input: CommandInput, name: string): number | undefined {
  const value = text(input, name);
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw new ChangeoverError('USAGE', `--${name} takes a number, not ${value}`);
  return parsed;
}
