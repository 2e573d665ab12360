import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { ChangeoverError } from '../../core/errors.ts';
import { type ByteSource, headFirst } from './byte-source.ts';
import type { DeclaredDialect, Dialect, Encoding } from './dialect.ts';
import { asWorkError } from './files.ts';
import { byteOrderMark, findLayout, refuseContainers, refuseNul } from './sniff.ts';
import { isJson, stageJson } from './stage-json.ts';
import { type Transcoder, tallyEncodings, transcoderOf } from './transcode.ts';

/** A private copy in UTF-8 without a byte order mark: what is read can no longer change, and every row can be read again by its offset. */
export interface StagedFile {
  readonly path: string;
  readonly name: string;
  readonly dialect: Dialect;
  /** Byte of the copy at which the header starts: after a `sep=` line. */
  readonly bodyStart: number;
  /** Size of the copy. */
  readonly size: number;
  /** SHA-256 of the original bytes, in hex. */
  readonly sha256: string;
  readonly originalSize: number;
}

const SAMPLE_BYTES = 256 * 1024;

/** Copies a file into `path`, finding encoding and layout on the way. Throws the FILE_… code of what is wrong with it. */
export async function stageFile(
  source: ByteSource,
  path: string,
  declared: DeclaredDialect,
  signal?: AbortSignal,
): Promise<StagedFile> {
  if (isJson(source.name)) return stageJson(source, path, signal);
  const partial = `${path}.partial`;
  try {
    const copied =
      (await copyAs(source, partial, null, signal)) ?? (await copyDeclared(source, partial, declared, signal));
    const layout = findLayout(copied.sample, copied.size <= SAMPLE_BYTES, declared, source.name);
    await rename(partial, path);
    return {
      path,
      name: source.name,
      dialect: {
        encoding: copied.encoding,
        encodingFrom: copied.encodingFrom,
        delimiter: layout.delimiter,
        quote: layout.quote,
        lineEnd: layout.lineEnd,
        separatorLine: layout.bodyStart > 0,
      },
      bodyStart: layout.bodyStart,
      size: copied.size,
      sha256: copied.sha256,
      originalSize: copied.originalSize,
    };
  } catch (thrown) {
    await rm(partial, { force: true });
    if (signal?.aborted) throw thrown;
    throw asWorkError(thrown, partial);
  }
}

interface Copied {
  readonly encoding: Encoding;
  readonly encodingFrom: Dialect['encodingFrom'];
  readonly size: number;
  readonly originalSize: number;
  readonly sha256: string;
  readonly sample: string;
}

async function copyDeclared(
  source: ByteSource,
  path: string,
  declared: DeclaredDialect,
  signal?: AbortSignal,
): Promise<Copied> {
  const tally = await tallyEncodings(source);
  const place = { file: source.name, line: tally.firstInvalidLine };
  if (tally.validSequences * 4 >= tally.invalidBytes) {
    throw new ChangeoverError(
      'FILE_ENCODING_MIXED',
      `${source.name} is partly UTF-8 and partly something else, first on line ${place.line}`,
      { place },
    );
  }
  if (declared.codePage === undefined) {
    throw new ChangeoverError(
      'FILE_ENCODING_UNKNOWN',
      `${source.name} is not UTF-8 (line ${place.line}), and no code page is declared`,
      { place },
    );
  }
  const copied = await copyAs(source, path, declared.codePage, signal);
  if (copied === null)
    throw new ChangeoverError('FILE_ENCODING_UNKNOWN', `${source.name} is not ${declared.codePage}`, { place });
  return copied;
}

/**
 * Copies as UTF-8. Without a `codePage` the encoding is the byte order mark's or UTF-8; null when it turns out not to be UTF-8.
 */
async function copyAs(
  source: ByteSource,
  path: string,
  codePage: Encoding | null,
  signal?: AbortSignal,
): Promise<Copied | null> {
  const digest = createHash('sha256');
  const output = await open(path, 'w');
  try {
    let transcoder: Transcoder | null = null;
    let encoding: Encoding = 'utf-8';
    let encodingFrom: Dialect['encodingFrom'] = 'utf-8';
    let originalSize = 0;
    const writer = new SampledWriter(output, path);
    for await (const chunk of headFirst(source)) {
      signal?.throwIfAborted();
      digest.update(chunk);
      let body = chunk;
      if (transcoder === null) {
        refuseContainers(chunk, source.name);
        const mark = byteOrderMark(chunk);
        encoding = mark?.encoding ?? codePage ?? 'utf-8';
        encodingFrom = mark !== null ? 'byte-order-mark' : codePage !== null ? 'declared' : 'utf-8';
        transcoder = transcoderOf(encoding);
        body = chunk.subarray(mark?.bytes ?? 0);
      }
      originalSize += chunk.length;
      if (encoding !== 'utf-16le' && encoding !== 'utf-16be') refuseNul(body, source.name);
      const text = transcoder.next(body);
      if (text === null) return notDecodable(encodingFrom, encoding, source.name);
      await writer.write(text);
    }
    if (transcoder === null)
      throw new ChangeoverError('FILE_EMPTY', `${source.name} is empty`, { place: { file: source.name } });
    const rest = transcoder.end();
    if (rest === null) return notDecodable(encodingFrom, encoding, source.name);
    await writer.write(rest);
    if (writer.size === 0)
      throw new ChangeoverError('FILE_EMPTY', `${source.name} is empty`, { place: { file: source.name } });
    return {
      encoding,
      encodingFrom,
      size: writer.size,
      originalSize,
      sha256: digest.digest('hex'),
      sample: writer.sample(),
    };
  } finally {
    await output.close();
  }
}

function notDecodable(from: Dialect['encodingFrom'], encoding: Encoding, file: string): null {
  if (from !== 'byte-order-mark') return null;
  throw new ChangeoverError('FILE_ENCODING_MIXED', `${file} says it is ${encoding}, but holds bytes that are not`, {
    place: { file },
  });
}

class SampledWriter {
  readonly #output: FileHandle;
  readonly #path: string;
  readonly #sample: Buffer[] = [];
  size = 0;

  constructor(output: FileHandle, path: string) {
    this.#output = output;
    this.#path = path;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.size < SAMPLE_BYTES) this.#sample.push(bytes.subarray(0, SAMPLE_BYTES - this.size));
    this.size += bytes.length;
    try {
      let written = 0;
      while (written < bytes.length) written += (await this.#output.write(bytes, written)).bytesWritten;
    } catch (thrown) {
      throw asWorkError(thrown, this.#path);
    }
  }

  /** The start of the file as text; a character cut by the sample's end is left out. */
  sample(): string {
    return new TextDecoder('utf-8').decode(Buffer.concat(this.#sample), { stream: true });
  }
}
