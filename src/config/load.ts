import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ChangeoverError } from '../core/errors.ts';
import { type Configuration, configurationSchema, type SecretReference } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Relative paths in the file start here. */
  readonly folder: string;
  readonly file: string;
}

/** Environment variables that override the file, by the path of the option. Kept beside the table's `env` notes; a test compares them. */
export const ENVIRONMENT_OVERRIDES: Readonly<Record<string, readonly string[]>> = {
  TWENTY_URL: ['twenty', 'url'],
  CHANGEOVER_DATA: ['dataFolder'],
  CHANGEOVER_PORT: ['server', 'port'],
  CHANGEOVER_LOG_LEVEL: ['log', 'level'],
};

/** Reads and checks changeover.yaml. All mistakes are reported at once, each with its line. */
export function loadConfiguration(file: string, environment: Environment): LoadedConfiguration {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ChangeoverError('CONFIG_NOT_READABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
  return { configuration: parseConfiguration(text, file, environment), folder: dirname(path), file: path };
}

export function parseConfiguration(text: string, file: string, environment: Environment): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const at = lines.linePos(fault.pos[0]);
    throw new ChangeoverError('CONFIG_INVALID', `not valid YAML: ${fault.message}`, {
      place: { file, line: at.line, column: at.col },
    });
  }
  const raw: unknown = document.toJS() ?? {};
  applyEnvironment(raw, environment);
  const result = configurationSchema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    describeIssue(issue, (path) => positionOf(document, lines, path)),
  );
  const first = problems[0];
  throw new ChangeoverError('CONFIG_INVALID', problems.map((problem) => problem.text).join('\n'), {
    place: { file, ...(first?.line === undefined ? {} : { line: first.line }) },
  });
}

function applyEnvironment(raw: unknown, environment: Environment): void {
  if (raw === null || typeof raw !== 'object') return;
  for (const [name, path] of Object.entries(ENVIRONMENT_OVERRIDES)) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    let place = raw as Record<string, unknown>;
    for (const part of path.slice(0, -1)) {
      const next = place[part];
      if (next === null || typeof next !== 'object') place[part] = {};
      place = place[part] as Record<string, unknown>;
    }
    const last = path.at(-1);
    if (last !== undefined) place[last] = /^\d+$/.test(value) ? Number(value) : value;
  }
}

interface Problem {
  readonly text: string;
  readonly line: number | undefined;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  position: (path: readonly PropertyKey[]) => number | undefined,
): Problem {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const line = position(path);
  const where = path.map(String).join('.');
  return {
    line,
    text: `${line === undefined ? '' : `line ${line}: `}${where === '' ? '' : `${where}: `}${issue.message}`,
  };
}

function positionOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  // A missing option has no place of its own: its nearest parent's is shown.
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(
      path.slice(0, length).map((part) => (typeof part === 'symbol' ? String(part) : part)),
      true,
    ) as { range?: [number, number, number] | null } | undefined;
    if (node?.range != null) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** Reads a secret from where the configuration says it is. It is returned, never kept in the configuration. */
export function readSecret(reference: SecretReference, what: string, folder: string, environment: Environment): string {
  if (reference.env !== undefined) {
    const value = environment[reference.env];
    if (value === undefined || value.trim() === '') {
      throw new ChangeoverError(
        'CONFIG_SECRET_MISSING',
        `${what} is not set: environment variable ${reference.env} is empty`,
      );
    }
    return value.trim();
  }
  const path = reference.file ?? '';
  const file = isAbsolute(path) ? path : join(folder, path);
  try {
    if ((statSync(file).mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new ChangeoverError('CONFIG_SECRET_EXPOSED', `${what}: ${file} can be read by others`, { place: { file } });
    }
    const value = readFileSync(file, 'utf8').trim();
    if (value === '')
      throw new ChangeoverError('CONFIG_SECRET_MISSING', `${what}: ${file} is empty`, { place: { file } });
    return value;
  } catch (thrown) {
    if (thrown instanceof ChangeoverError) throw thrown;
    throw new ChangeoverError('CONFIG_SECRET_MISSING', `${what}: ${file} cannot be read`, {
      place: { file },
      cause: thrown,
    });
  }
}
