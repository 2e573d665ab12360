import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { asReadError } from '../delimited/files.ts';
import { Downloads, isAddress } from '../download.ts';
import type { AttachmentRules } from './profile.ts';
import type { ExportSet } from './set.ts';
import { readZipEntry } from './zip.ts';

/** The same set serves files for so long before the folder is looked at again, which reads every name in it. */
const LOOK_AGAIN_MS = 30_000;
const CHUNK_BYTES = 1 << 18;
/** `C:`, `file:`, `javascript:` and the like. */
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The files that records of an export name (ALL-9, SMD-11): by a path inside the export, or by an address of an allowed
 * origin. A path is nothing but a key among the names that the export was found to hold; links of the file system are none of these.
 */
export class Attachments {
  readonly #context: ConnectorContext;
  readonly #rules: AttachmentRules;
  readonly #newest: () => Promise<ExportSet>;
  readonly #downloads: Downloads;
  #known: { readonly set: ExportSet; readonly names: ReadonlyMap<string, string>; readonly at: number } | null = null;

  constructor(context: ConnectorContext, rules: AttachmentRules, newest: () => Promise<ExportSet>) {
    this.#context = context;
    this.#rules = rules;
    this.#newest = newest;
    this.#downloads = new Downloads(context.downloads, context.clock, rules);
  }

  /** @throws EXPORT_UNSAFE_PATH, EXPORT_FILE_MISSING, and what `Downloads.open` and reading the export throw. */
  async open(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    signal.throwIfAborted();
    if (isAddress(reference)) return this.#downloads.open(reference, signal);
    const path = insidePath(reference);
    const set = await this.#holding(path);
    const found = this.#find(path);
    if (set === null || found === null) {
      const held = this.#known?.set.name ?? 'the export';
      throw new ChangeoverError('EXPORT_FILE_MISSING', `${held} has no file ${JSON.stringify(reference)}`);
    }
    return set.kind === 'zip' ? readZipEntry(set.path, found) : readInside(set, found);
  }

  /** The newest set, looked for again where the path is not in the one that is known. */
  async #holding(path: string): Promise<ExportSet | null> {
    const now = this.#context.clock.monotonic();
    const fresh = this.#known !== null && now - this.#known.at < LOOK_AGAIN_MS;
    if (!fresh || this.#find(path) === null) {
      const set = await this.#newest();
      const names = new Map(set.files.map((file) => [file.path.normalize('NFC'), file.path]));
      this.#known = { set, names, at: now };
    }
    return this.#known?.set ?? null;
  }

  /** As it stands, or below one of the folders; composed letters and accents put beside them are the same name. */
  #find(path: string): string | null {
    const names = this.#known?.names;
    const asked = path.normalize('NFC');
    for (const folder of ['', ...this.#rules.folders]) {
      const found = names?.get(folder === '' ? asked : `${folder.replace(/\/+$/, '')}/${asked}`);
      if (found !== undefined) return found;
    }
    return null;
  }
}

/** With slashes, and relative. @throws EXPORT_UNSAFE_PATH */
function insidePath(reference: string): string {
  const path = reference.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  const parts = path.split('/');
  const control = /\p{Cc}/u.test(path);
  if (path.startsWith('/') || SCHEME.test(path) || control || parts.includes('..')) {
    throw new ChangeoverError('EXPORT_UNSAFE_PATH', `${JSON.stringify(reference)} leads out of the export`);
  }
  return path;
}

/** A file of a folder that was found to hold it. A link that took its place since is not followed, whatever part of the path it is. */
async function* readInside(set: ExportSet, path: string): AsyncGenerator<Uint8Array> {
  const whole = join(set.path, path);
  let file: FileHandle | null = null;
  try {
    file = await open(whole, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const inside = relative(await realpath(set.path), await realpath(whole));
    if (inside.split(sep).join('/') !== path || !(await file.stat()).isFile()) throw unsafe(whole);
    for await (const chunk of file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false }))
      yield chunk as Uint8Array;
  } catch (thrown) {
    if (thrown instanceof ChangeoverError) throw thrown;
    throw isLink(thrown) ? unsafe(whole, thrown) : asReadError(thrown, whole);
  } finally {
    await file?.close();
  }
}

/** What opening a link says where links are not followed. */
function isLink(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ELOOP';
}

function unsafe(path: string, cause?: unknown): ChangeoverError {
  return new ChangeoverError('EXPORT_UNSAFE_PATH', 'a link stands where the file was found', {
    place: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
}
