import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { type ByteSource, headFirst } from './byte-source.ts';
import type { Encoding } from './dialect.ts';

/** Turns chunks into UTF-8; null says that they are not in the encoding. */
export interface Transcoder {
  next(chunk: Buffer): Buffer | null;
  end(): Buffer | null;
}

export function transcoderOf(encoding: Encoding): Transcoder {
  return encoding === 'utf-8' ? new Utf8Check() : new Decoding(encoding);
}

/** Passes UTF-8 on as it is, checked strictly; a character that a chunk's end cuts is checked with the next chunk. */
class Utf8Check implements Transcoder {
  #cut: Buffer = Buffer.alloc(0);

  next(chunk: Buffer): Buffer | null {
    const bytes = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk]);
    const end = wholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) return null;
    this.#cut = Buffer.from(bytes.subarray(end));
    return whole;
  }

  end(): Buffer | null {
    return this.#cut.length === 0 ? this.#cut : null;
  }
}

/** Length of the bytes without a character that is cut at their end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < needed ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** C1 controls never stand in a CRM's text: they show that the code page is the wrong one, as no byte of it is ever invalid. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\u0000\u0080-\u009f]/;

class Decoding implements Transcoder {
  readonly #decoder: TextDecoder;

  constructor(encoding: Encoding) {
    this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  next(chunk: Buffer): Buffer | null {
    return this.#decode(() => this.#decoder.decode(chunk, { stream: true }));
  }

  end(): Buffer | null {
    return this.#decode(() => this.#decoder.decode());
  }

  #decode(decode: () => string): Buffer | null {
    try {
      const text = decode();
      return CONTROLS.test(text) ? null : Buffer.from(text, 'utf8');
    } catch (thrown) {
      if (thrown instanceof TypeError) return null;
      throw thrown;
    }
  }
}

interface EncodingTally {
  readonly validSequences: number;
  readonly invalidBytes: number;
  readonly firstInvalidLine: number;
}

/** Counts well-formed UTF-8 sequences and bytes outside any: tells a code page (hardly any sequence) from a mixture. */
export async function tallyEncodings(source: ByteSource): Promise<EncodingTally> {
  let validSequences = 0;
  let invalidBytes = 0;
  let line = 1;
  let firstInvalidLine = 0;
  let missing = 0;
  let length = 0;
  const invalid = (bytes: number): void => {
    invalidBytes += bytes;
    if (firstInvalidLine === 0) firstInvalidLine = line;
  };
  for await (const chunk of headFirst(source)) {
    for (const byte of chunk) {
      if (missing > 0) {
        if ((byte & 0xc0) === 0x80) {
          missing -= 1;
          if (missing === 0) validSequences += 1;
          continue;
        }
        invalid(length - missing);
        missing = 0;
      }
      if (byte === 10) line += 1;
      if (byte < 0x80) continue;
      length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
      missing = length - 1;
      if (length === 1) invalid(1);
    }
  }
  if (missing > 0) invalid(length - missing);
  return { validSequences, invalidBytes, firstInvalidLine };
}
