/** A file's content: bytes as given, or so many bytes that are made up when they are read, the same ones every time. */
export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'made'; readonly size: number; readonly seed: number; readonly head: Uint8Array };

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly content: FileContent;
}

export function sizeOf(content: FileContent): number {
  return content.kind === 'bytes' ? content.bytes.length : content.size;
}

/** Bytes from `offset`, at most `length`; fewer at the end. */
export function readContent(content: FileContent, offset = 0, length = Number.POSITIVE_INFINITY): Uint8Array {
  const end = Math.min(sizeOf(content), offset + length);
  if (offset >= end) return new Uint8Array(0);
  if (content.kind === 'bytes') return content.bytes.subarray(offset, end);
  // Whole words around the range: each depends only on its own place, so any block can be read by itself.
  const firstWord = offset >>> 2;
  const words = new Uint32Array((((end + 3) >>> 2) - firstWord) | 0);
  for (let at = 0; at < words.length; at += 1) words[at] = mixed(firstWord + at, content.seed);
  const bytes = new Uint8Array(words.buffer, offset - firstWord * 4, end - offset);
  if (offset < content.head.length) bytes.set(content.head.subarray(offset, end), 0);
  return bytes;
}

function mixed(place: number, seed: number): number {
  let word = Math.imul(place ^ seed, 0x9e3779b1);
  word = Math.imul(word ^ (word >>> 15), 0x85ebca6b);
  return (word ^ (word >>> 13)) >>> 0;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Files by the row and column that hold them. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>();

  get(table: string, id: string, column: string): StoredFile | undefined {
    return this.#files.get(`${table}/${id}/${column}`);
  }

  put(table: string, id: string, column: string, file: StoredFile): void {
    this.#files.set(`${table}/${id}/${column}`, file);
  }

  delete(table: string, id: string): void {
    for (const key of this.#files.keys()) if (key.startsWith(`${table}/${id}/`)) this.#files.delete(key);
  }
}
