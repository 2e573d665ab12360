import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import chain from 'stream-chain';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { ChangeoverError } from '../../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { asReadError, asWorkError } from './files.ts';
import type { StagedFile } from './stage.ts';

type Members = Readonly<Record<string, unknown>>;

/** Written together: fewer, larger writes. */
const CHARACTERS_PER_WRITE = 64 * 1024;

/** Whether a file of an export is JSON, by its name. */
export function isJson(name: string): boolean {
  return /\.json$/i.test(name);
}

/**
 * Copies a file that holds one JSON array of flat objects, and writes it anew as rows: the header is every member that any
 * object has, in order of appearance. A member that is missing or null is an empty cell, a nested one its JSON. Numbers keep
 * their digits. Lines in messages are those of the copy: line n + 1 is the n-th object. Reads object by object.
 * Throws FILE_JSON_INVALID.
 */
export async function stageJson(source: ByteSource, path: string, signal?: AbortSignal): Promise<StagedFile> {
  const raw = `${path}.json`;
  const partial = `${path}.partial`;
  try {
    const copied = await copyRaw(source, raw, signal);
    const header = await membersOf(raw, source.name);
    const size = await writeRows(raw, partial, header, source.name, signal);
    await rename(partial, path);
    const dialect = { encoding: 'utf-8', encodingFrom: 'utf-8', delimiter: ',', quote: '"', lineEnd: '\r\n' } as const;
    return { path, name: source.name, dialect: { ...dialect, separatorLine: false }, bodyStart: 0, size, ...copied };
  } catch (thrown) {
    await rm(partial, { force: true });
    if (signal?.aborted) throw thrown;
    throw asWorkError(thrown, partial);
  } finally {
    await rm(raw, { force: true });
  }
}

async function copyRaw(
  source: ByteSource,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly originalSize: number }> {
  const digest = createHash('sha256');
  const output = await open(path, 'w');
  let originalSize = 0;
  try {
    for await (const chunk of readable(source)) {
      signal?.throwIfAborted();
      digest.update(chunk);
      originalSize += chunk.length;
      await output.writeFile(chunk);
    }
  } finally {
    await output.close();
  }
  if (originalSize === 0)
    throw new ChangeoverError('FILE_EMPTY', `${source.name} is empty`, { place: { file: source.name } });
  return { sha256: digest.digest('hex'), originalSize };
}

async function* readable(source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* source.open();
  } catch (thrown) {
    throw asReadError(thrown, source.name);
  }
}

async function membersOf(path: string, name: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const members of objectsOf(path, name)) for (const member in members) found.add(member);
  if (found.size === 0) throw invalid(name, 1, 'it holds no object with members');
  return [...found];
}

async function writeRows(
  from: string,
  to: string,
  header: readonly string[],
  name: string,
  signal?: AbortSignal,
): Promise<number> {
  const output = await open(to, 'w');
  try {
    let size = 0;
    let text = lineOf(header);
    for await (const members of objectsOf(from, name)) {
      signal?.throwIfAborted();
      text += lineOf(header.map((member) => cellOf(members[member])));
      if (text.length < CHARACTERS_PER_WRITE) continue;
      size += await write(output, text);
      text = '';
    }
    return size + (await write(output, text));
  } finally {
    await output.close();
  }
}

async function write(output: FileHandle, text: string): Promise<number> {
  const bytes = Buffer.from(text);
  await output.writeFile(bytes);
  return bytes.length;
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Every cell is quoted: what the reader sees depends on no character of the content. */
function lineOf(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`;
}

async function* objectsOf(path: string, name: string): AsyncGenerator<Members> {
  let index = 0;
  const pipeline = chain([
    Readable.from(withoutMark(createReadStream(path))),
    streamArray.withParser<unknown>({ numberAsString: true }),
  ]) as AsyncIterable<{ readonly value: unknown }>;
  try {
    for await (const { value } of pipeline) {
      index += 1;
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalid(name, index, 'it is not an object');
      yield value as Members;
    }
  } catch (thrown) {
    if (thrown instanceof ChangeoverError) throw thrown;
    throw invalid(name, index + 1, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of chunks) {
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    first = false;
    yield marked ? chunk.subarray(3) : chunk;
  }
}

function invalid(name: string, element: number, why: string): ChangeoverError {
  return new ChangeoverError('FILE_JSON_INVALID', `${name}: element ${element}: ${why}`, {
    place: { file: name, line: element + 1 },
  });
}
