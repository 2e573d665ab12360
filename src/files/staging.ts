import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ChangeoverError } from '../core/errors.ts';
import type { Random } from '../core/ports.ts';
import { HEAD_BYTES } from './content-type.ts';

export interface Staged {
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  readonly size: number;
  /** The first bytes, for telling what it is. */
  readonly head: Uint8Array;
}

/** Bytes. */
export interface StagingLimits {
  /** Of everything that lies here or is on its way in. */
  readonly room: number;
  /** Of a single file. */
  readonly largest: number;
}

/** Bytes read at once on the way to Twenty. */
const READ_BYTES = 256 * 1024;
const HASH = /^[0-9a-f]{64}$/;

/**
 * Files between the source and Twenty: each lies under the hash of its bytes, so that a name from outside never becomes
 * a path, the same bytes lie there once, and a name that is there is whole. Never holds more than `room` bytes, and
 * never more than one chunk of a file in memory.
 */
export class Staging {
  readonly #folder: string;
  readonly #incoming: string;
  readonly #limits: StagingLimits;
  readonly #random: Random;
  readonly #sizes = new Map<string, number>();
  /** Bytes that are on their way in. */
  #arriving = 0;

  private constructor(folder: string, limits: StagingLimits, random: Random) {
    this.#folder = folder;
    this.#incoming = join(folder, 'incoming');
    this.#limits = limits;
    this.#random = random;
  }

  /** Opens the folder, without what an earlier life left half-written. */
  static async open(folder: string, limits: StagingLimits, random: Random): Promise<Staging> {
    const staging = new Staging(folder, limits, random);
    await rm(staging.#incoming, { recursive: true, force: true });
    await mkdir(staging.#incoming, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (HASH.test(name)) staging.#sizes.set(name, (await stat(join(folder, name))).size);
    }
    return staging;
  }

  /** Bytes that lie here or are on their way in. */
  get used(): number {
    let sum = this.#arriving;
    for (const size of this.#sizes.values()) sum += size;
    return sum;
  }

  has(sha256: string): boolean {
    return this.#sizes.has(sha256);
  }

  /** Whether so many bytes more may come in at present. */
  hasRoom(bytes: number): boolean {
    return this.used + bytes <= this.#limits.room;
  }

  hashes(): readonly string[] {
    return [...this.#sizes.keys()];
  }

  /**
   * Takes a file in, chunk by chunk, asking for the next one only once the last lies on the disk. `expected`: its size as the
   * source says, where it does; it is opened only where there is room for that.
   * @throws FILES_TOO_LARGE for one that alone exceeds a limit, FILES_STAGING_FULL where others take the room,
   * FILES_DISK for what the disk says; and whatever reading it throws.
   */
  async receive(openFile: () => Promise<AsyncIterable<Uint8Array>>, expected: number | null): Promise<Staged> {
    const path = join(this.#incoming, this.#random.uuid());
    const hash = createHash('sha256');
    const head: Uint8Array[] = [];
    let size = 0;
    let reserved = 0;
    const reserve = (upTo: number): void => {
      if (upTo <= reserved) return;
      const { room, largest } = this.#limits;
      if (upTo > largest) throw tooLarge(upTo, `the largest that is moved has ${largest}`);
      if (upTo > room) throw tooLarge(upTo, `the staging folder holds ${room}`);
      if (!this.hasRoom(upTo - reserved)) throw full(room);
      this.#arriving += upTo - reserved;
      reserved = upTo;
    };
    try {
      reserve(expected ?? 0);
      const file = await onDisk(() => open(path, 'wx', 0o600));
      try {
        for await (const chunk of await openFile()) {
          if (size < HEAD_BYTES) head.push(chunk.slice(0, HEAD_BYTES - size));
          size += chunk.length;
          reserve(size);
          hash.update(chunk);
          await onDisk(() => file.write(chunk));
        }
        await onDisk(() => file.sync());
      } finally {
        await file.close();
      }
      const sha256 = hash.digest('hex');
      await onDisk(() => rename(path, join(this.#folder, sha256)));
      this.#sizes.set(sha256, size);
      return { sha256, size, head: Buffer.concat(head) };
    } catch (thrown) {
      await rm(path, { force: true });
      throw thrown;
    } finally {
      this.#arriving -= reserved;
    }
  }

  /** The bytes of a file that is here, a chunk at a time. @throws FILES_DISK */
  async *read(sha256: string): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(join(this.#folder, sha256), { highWaterMark: READ_BYTES });
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
    } catch (thrown) {
      throw diskError(thrown);
    } finally {
      stream.destroy();
    }
  }

  async drop(sha256: string): Promise<void> {
    if (!HASH.test(sha256)) return;
    await rm(join(this.#folder, sha256), { force: true });
    this.#sizes.delete(sha256);
  }
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw diskError(thrown);
  }
}

function diskError(thrown: unknown): ChangeoverError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ChangeoverError('FILES_DISK', message, { cause: thrown });
}

function tooLarge(size: number, why: string): ChangeoverError {
  return new ChangeoverError('FILES_TOO_LARGE', `at least ${size} bytes; ${why}`);
}

function full(limit: number): ChangeoverError {
  return new ChangeoverError('FILES_STAGING_FULL', `the ${limit} bytes of the staging folder are taken`);
}
