import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { Clock, Random } from '../../src/core/ports.ts';
import { invalidData } from './errors.ts';
import { isObject, type Json } from './json.ts';

/** Milliseconds an upload url is good for. */
const UPLOAD_MS = 900_000;

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly field: string;
  readonly size: number;
  readonly token: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly bytes: Buffer | undefined;
  readonly complete: boolean;
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
      expiresAt: new Date(now + UPLOAD_MS).toISOString(),
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
  receive(id: string, token: string, bytes: Buffer): boolean {
    const file = this.#files.get(id);
    if (file === undefined || file.token !== token || Date.parse(file.expiresAt) < this.#clock.now()) return false;
    this.#keep({ ...file, bytes, size: bytes.length });
    return true;
  }

  complete(id: string): StoredFile | undefined {
    const file = this.#files.get(id);
    if (file?.bytes === undefined) return undefined;
    return this.#keep({ ...file, complete: true });
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
