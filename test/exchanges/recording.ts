import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One recorded request and what the real server answered. */
export interface Exchange {
  readonly title: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    /** JSON, or words for what is too long to keep: `17 bytes`, `201 rows of {"name":"x"}`. */
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** A recording: one exchange a line. A body `see <file>` stands for the JSON of that file, beside the recording or with ours. */
export function readRecording(file: string): Exchange[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => withFile(JSON.parse(line) as Exchange, dirname(file)));
}

function withFile(exchange: Exchange, folder: string): Exchange {
  const { body } = exchange.response;
  const name = typeof body === 'string' ? /^see ([\w.-]+\.json)$/.exec(body)?.[1] : undefined;
  if (name === undefined) return exchange;
  const beside = join(folder, name);
  const file = existsSync(beside) ? beside : fileURLToPath(new URL(`../fixtures/twenty/${name}`, import.meta.url));
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return { ...exchange, response: { ...exchange.response, body: content } };
}

/** The body to send: words are turned into what they describe. */
export function requestBody(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  const bytes = /^(\d+) bytes$/.exec(body);
  if (bytes !== null) return Buffer.alloc(Number(bytes[1]), 'x');
  const rows = /^(\d+) rows of (.+)$/.exec(body);
  if (rows === null) return body;
  const row: unknown = JSON.parse(rows[2] ?? 'null');
  return Array.from({ length: Number(rows[1]) }, () => row);
}

/** Every text in a JSON value, keys left out. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
