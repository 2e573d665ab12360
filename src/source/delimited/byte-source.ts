import { asReadError } from './files.ts';

/** Opens the bytes of a file from its start; may be called twice. */
export interface ByteSource {
  /** Name for messages and rejects, relative to the set. */
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** The source's chunks, the first one long enough to recognise what the file is. */
export async function* headFirst(source: ByteSource): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  try {
    for await (const chunk of source.open()) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (head === null) {
        yield bytes;
        continue;
      }
      head = Buffer.concat([head, bytes]);
      if (head.length < 4096) continue;
      yield head;
      head = null;
    }
  } catch (thrown) {
    throw asReadError(thrown, source.name);
  }
  if (head !== null && head.length > 0) yield head;
}
