import { type ChangeoverError, describePlace } from '../core/errors.ts';
import { EXIT_CODES, type ExitName } from './command.ts';

/** An error as people read it: what happened, where, and what to do. */
export function errorText({ code, message, place, hint }: ChangeoverError): string {
  const where = describePlace(place);
  return `[${code}] ${message}${where === '' ? '' : `\n  where: ${where}`}\n  what to do: ${hint}`;
}

/** How a program ends that ends with this error. */
export function exitOf(error: ChangeoverError): ExitName {
  if (error.code === 'USAGE') return 'usage';
  if (error.retry === 'now' || error.retry === 'later') return 'unavailable';
  return error.retry === 'hold' ? 'waiting' : 'failed';
}

/** The exit code of a program that ends with this error. */
export function exitCodeOf(error: ChangeoverError): number {
  return EXIT_CODES[exitOf(error)].code;
}
