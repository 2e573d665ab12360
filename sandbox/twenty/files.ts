import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { Clock, Random } from '../../src/core/ports.ts';
import { invalidData } from './errors.ts';
import { isObject, type Json } from './json.ts';

/** Milliseconds an upload url is good for (recorded: a quarter of an hour). */
const UPLOAD_MS = 900_000;
/** Bytes of files up to this size are kept; of larger ones their hash alone. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** What the workspace takes, where it is to be other than by default: nothing is refused. The words are made up. */
export interface UploadRules {
  /** Bytes. */
  readonly largest?: number;
  /** Extensions without the dot, in lower case. */
  readonly refused?: readonly string[];
  /** Milliseconds an upload address is good for. */
  readonly lifetimeMs?: number;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly field: string;
  readonly size: number;
  readonly token: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** Undefined before they came, and where they are too many to keep. */
  readonly bytes: Buffer | undefined;
  /** SHA-256 of the bytes that came, hexadecimal. */
  readonly sha256?: string;
  readonly complete: boolean;
}

/** Bytes that arrived. */
export interface Arrived {
  readonly bytes: Buffer | undefined;
  readonly sha256: string;
  readonly size: number;
}

/** Reads a body without holding more of it than is kept. */
export async function arrived(body: AsyncIterable<Uint8Array>): Promise<Arrived> {
  const hash = createHash('sha256');
  let size = 0;
  let kept: Uint8Array[] = [];
  for await (const chunk of body) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= KEPT_BYTES) kept.push(chunk);
    else kept = [];
  }
  return { bytes: size <= KEPT_BYTES ? Buffer.concat(kept) : undefined, sha256: hash.digest('hex'), size };
}

/** Where files are kept between starts. */
export interface FileShelf {
  files(): Iterable<StoredFile>;
  writeFile(file: StoredFile): void;
}

/** Uploaded files: asked for, PUT to an address with its own token, completed, attached (twenty.md §0, "Files"). */
export class FileVault {
  readonly #files = new Map<string, StoredFile>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #shelf: FileShelf | undefined;
  #rules: UploadRules = {};
  #origin = '';

  constructor(clock: Clock, random: Random, shelf?: FileShelf) {
    this.#clock = clock;
    this.#random = random;
    this.#shelf = shelf;
    for (const file of shelf?.files() ?? []) this.#files.set(file.id, file);
  }

  #keep(file: StoredFile): StoredFile {
    this.#files.set(file.id, file);
    this.#shelf?.writeFile(file);
    return file;
  }

  /** The server's own address, known once it listens. */
  setOrigin(origin: string): void {
    this.#origin = origin;
  }

  setRules(rules: UploadRules): void {
    this.#rules = rules;
  }

  /** Why the workspace does not take such a file; undefined where it does. */
  refusal(name: string, size: number): string | undefined {
    const { largest, refused = [] } = this.#rules;
    if (largest !== undefined && size > largest) return `File size exceeds the maximum of ${largest} bytes`;
    if (refused.includes(extname(name).slice(1).toLowerCase())) return `File type is not allowed: ${extname(name)}`;
    return undefined;
  }

  /** A file that came whole in one call: as early 2.x and 1.x take it. */
  take(name: string, folder: string, field: string, came: Arrived): StoredFile {
    const file = this.request(name, came.size, folder, field);
    return this.#keep({ ...file, bytes: came.bytes, sha256: came.sha256, complete: true });
  }

  request(name: string, size: number, folder: string, field: string): StoredFile {
    const id = this.#random.uuid();
    const now = this.#clock.now();
    const file: StoredFile = {
      id,
      name,
      folder,
      field,
      size,
      token: createHash('sha256').update(`${id}:${this.#random.uuid()}`).digest('hex').slice(0, 32),
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + (this.#rules.lifetimeMs ?? UPLOAD_MS)).toISOString(),
      bytes: undefined,
      complete: false,
    };
    return this.#keep(file);
  }

  uploadUrl(file: StoredFile): string {
    return `${this.#origin}/file-upload/${file.id}?token=${file.token}`;
  }

  get(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  files(): readonly StoredFile[] {
    return [...this.#files.values()];
  }

  /** False where the address is unknown, its token wrong or its time over. */
  receive(id: string, token: string, came: Arrived): boolean {
    const file = this.#files.get(id);
    if (file === undefined || file.token !== token || Date.parse(file.expiresAt) < this.#clock.now()) return false;
    this.#keep({ ...file, ...came });
    return true;
  }

  complete(id: string): StoredFile | undefined {
    const file = this.#files.get(id);
    if (file?.sha256 === undefined) return undefined;
    return this.#keep({ ...file, complete: true });
  }

  /** What 1.x gives for an uploaded file, and an attachment names. */
  attachmentPath(file: StoredFile): string {
    return `attachment/${file.id}${extname(file.name)}`;
  }

  path(file: StoredFile): string {
    return `files-field/${file.field}/${file.id}${extname(file.name)}`;
  }

  url(file: StoredFile): string {
    return `${this.#origin}/file/${file.id}?token=${file.token}`;
  }

  /** A record may only name files whose upload was completed. */
  checkAttached(value: Json): void {
    for (const item of Array.isArray(value) ? value : []) {
      const id = isObject(item) && typeof item.fileId === 'string' ? item.fileId : '';
      if (this.#files.get(id)?.complete !== true) throw invalidData(`File not found: ${id}`);
    }
  }

  show(value: Json): Json {
    if (!Array.isArray(value)) return value;
    return value.map((item) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
      const file = this.#files.get(String(item.fileId));
      if (file === undefined) return item;
      return { label: item.label ?? '', fileId: file.id, extension: extname(file.name), url: this.url(file) };
    });
  }
}
