import { ERROR_CODES, type ErrorCode } from '../core/error-codes.ts';
import { ChangeoverError, type Place } from '../core/errors.ts';

/** Keys and indexes from the top of the file: `['objects', 'contact', 'fields', 3, 'to']`. */
export type Path = readonly (string | number)[];

/** One thing that is wrong, or worth knowing, in a mapping. Only errors keep it from being confirmed. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly place: Place;
}

/** Collects findings; knows where each path of the file stands. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #place: (path: Path) => Place;

  constructor(place: (path: Path) => Place) {
    this.#place = place;
  }

  error(code: ErrorCode, message: string, path: Path, hint?: string): void {
    this.#add('error', code, message, path, hint);
  }

  warning(code: ErrorCode, message: string, path: Path, hint?: string): void {
    this.#add('warning', code, message, path, hint);
  }

  get errors(): readonly Finding[] {
    return this.all.filter((finding) => finding.severity === 'error');
  }

  #add(severity: Finding['severity'], code: ErrorCode, message: string, path: Path, hint?: string): void {
    const finding = { severity, code, message, hint: hint ?? ERROR_CODES[code].hint, place: this.#place(path) };
    const same = this.all.some(
      (other) =>
        other.code === code &&
        other.message === message &&
        other.place.line === finding.place.line &&
        other.place.column === finding.place.column,
    );
    if (!same) this.all.push(finding);
  }
}

/** The first error as an exception, with the number of those that follow; nothing where there is none. */
export function throwFirst(findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more; \`changeover map check\` lists them)` : '';
  throw new ChangeoverError(first.code, `${first.message}${more}`, { place: first.place, hint: first.hint });
}
