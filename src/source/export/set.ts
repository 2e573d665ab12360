import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import { asReadError } from '../delimited/files.ts';
import { Zone } from '../delimited/zone.ts';
import { MANIFEST, type Manifest, parseManifest } from './manifest.ts';
import type { ExportObjectProfile, ExportProfile } from './profile.ts';
import { type TimeOrigin, timeInName } from './set-time.ts';
import { listZip, readZipEntry } from './zip.ts';

export interface SetFile {
  /** Path inside the set, with slashes. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds. */
  readonly modified: number;
  /** As the manifest says, in lower case. */
  readonly sha256: string | null;
  readonly rows: number | null;
}

/** One export as it lies in the drop folder. */
export interface ExportSet {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'zip';
  readonly takenAt: number | null;
  readonly takenFrom: TimeOrigin;
  readonly files: readonly SetFile[];
  /** Equal as long as no name, size or time of a file changes. */
  readonly signature: string;
  /** What the manifest promises and the set lacks; null when there is nothing of the kind. */
  readonly lacks: string | null;
}

const UNFINISHED = /(?:^|\/)(?:\.|~\$|__MACOSX\/)|\.(?:part|partial|crdownload|tmp|filepart|download)$/i;
const DEEPEST = 4;

/** Whether a path of a set matches one of an object's patterns: by its whole path, or by its name alone. Case is ignored. */
export function matchesObject(path: string, object: ExportObjectProfile): boolean {
  return object.files.some((pattern) => {
    const escaped = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '[^/]*');
    return new RegExp(`^(?:.*/)?${escaped}$`, 'iu').test(path);
  });
}

/** The one file of an object; null where the set has none. */
export function fileOf(set: ExportSet, object: ExportObjectProfile): SetFile | null {
  const found = set.files.filter((file) => matchesObject(file.path, object));
  if (found.length > 1) {
    const names = found.map((file) => file.path).join(', ');
    throw new ChangeoverError(
      'EXPORT_OBJECT_TWICE',
      `${set.name} holds more than one file for ${object.name}: ${names}`,
      {
        place: { file: set.name, object: object.name },
      },
    );
  }
  return found[0] ?? null;
}

export function openSetFile(set: ExportSet, path: string): AsyncIterable<Uint8Array> {
  return set.kind === 'zip'
    ? readZipEntry(set.path, path)
    : createReadStream(join(set.path, path), { highWaterMark: 1 << 20 });
}

/** A set that cannot be opened: a broken zip or manifest, or one that is still being copied. */
export interface DamagedSet {
  readonly error: ChangeoverError;
  /** Equal as long as neither size nor time changes. */
  readonly signature: string;
}

export interface Listed {
  /** Newest first. */
  readonly sets: readonly ExportSet[];
  readonly damaged: readonly DamagedSet[];
}

/** All sets of a drop folder; folders and zips without any file that the profile knows are left out. */
export async function listSets(folder: string, profile: ExportProfile, largestTotal: number): Promise<Listed> {
  const zone = new Zone(profile.zone ?? 'UTC');
  const known = (path: string): boolean =>
    path === MANIFEST || profile.objects.some((object) => matchesObject(path, object));
  const sets: ExportSet[] = [];
  const damaged: DamagedSet[] = [];
  let direct = false;
  for (const item of await list(folder)) {
    if (UNFINISHED.test(item.name)) continue;
    const path = join(folder, item.name);
    const zip = item.isFile() && /\.zip$/i.test(item.name);
    if (item.isFile() && !zip) direct ||= known(item.name);
    if (!zip && !item.isDirectory()) continue;
    try {
      const set = zip ? await describeZip(path, zone, largestTotal) : await describeFolder(path, zone);
      if (zip && !set.files.some((file) => known(file.path))) throw unknown(set);
      sets.push(set);
    } catch (thrown) {
      if (!(thrown instanceof ChangeoverError)) throw thrown;
      damaged.push({ error: thrown, signature: await damagedSignature(path) });
    }
  }
  const useful = sets.filter((set) => set.files.some((file) => known(file.path)));
  if (useful.length === 0 && direct) useful.push(await describeFolder(folder, zone));
  return { sets: useful.sort(newestFirst), damaged };
}

/** Nobody drops an archive into this folder for nothing. */
function unknown({ name, path, files }: ExportSet): ChangeoverError {
  const some = files.slice(0, 5).map((file) => file.path);
  return new ChangeoverError(
    'EXPORT_UNKNOWN',
    `${name} holds no file that is known: ${some.join(', ')}${files.length > some.length ? ' …' : ''}`,
    { place: { file: path } },
  );
}

async function damagedSignature(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return `damaged ${path} ${found?.size} ${found?.mtimeMs}`;
}

function newestFirst(a: ExportSet, b: ExportSet): number {
  return (b.takenAt ?? 0) - (a.takenAt ?? 0) || newestFile(b) - newestFile(a) || (a.name < b.name ? 1 : -1);
}

function newestFile(set: ExportSet): number {
  return Math.max(0, ...set.files.map((file) => file.modified));
}

async function list(folder: string): Promise<import('node:fs').Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    throw asReadError(thrown, folder);
  }
}

async function describeFolder(path: string, zone: Zone): Promise<ExportSet> {
  const files: SetFile[] = [];
  await walk(path, path, 0, files);
  const manifest = files.some((file) => file.path === MANIFEST) ? await readManifest(join(path, MANIFEST)) : null;
  return assemble(path, 'folder', files, manifest, zone);
}

async function walk(root: string, folder: string, depth: number, into: SetFile[]): Promise<void> {
  if (depth > DEEPEST) return;
  for (const item of await list(folder)) {
    const path = join(folder, item.name);
    const inside = relative(root, path).split(sep).join('/');
    // Links are not followed: they could lead out of the export.
    if (item.isDirectory()) await walk(root, path, depth + 1, into);
    else if (item.isFile()) {
      const { size, mtimeMs } = await stat(path).catch((thrown: unknown) => {
        throw asReadError(thrown, path);
      });
      into.push({ path: inside, size, modified: Math.floor(mtimeMs), sha256: null, rows: null });
    }
  }
}

async function readManifest(path: string): Promise<Manifest> {
  try {
    return parseManifest(await readFile(path, 'utf8'), path);
  } catch (thrown) {
    throw asReadError(thrown, path);
  }
}

const LARGEST_MANIFEST = 16 << 20;

async function describeZip(path: string, zone: Zone, largestTotal: number): Promise<ExportSet> {
  const { size, mtimeMs } = await stat(path).catch((thrown: unknown) => {
    throw asReadError(thrown, path);
  });
  const entries = await listZip(path, largestTotal);
  const files = entries.map((entry) => ({ ...entry, sha256: null, rows: null }));
  const listed = entries.find((entry) => entry.path === MANIFEST);
  let manifest: Manifest | null = null;
  if (listed !== undefined) {
    if (listed.size > LARGEST_MANIFEST)
      throw new ChangeoverError('EXPORT_MANIFEST_INVALID', `the manifest of ${path} is too large`, {
        place: { file: path },
      });
    const chunks: Uint8Array[] = [];
    for await (const chunk of readZipEntry(path, MANIFEST)) chunks.push(chunk);
    manifest = parseManifest(Buffer.concat(chunks).toString('utf8'), `${path}:${MANIFEST}`);
  }
  const set = assemble(path, 'zip', files, manifest, zone);
  return { ...set, signature: `${set.signature}\n${size} ${Math.floor(mtimeMs)}` };
}

function assemble(
  path: string,
  kind: ExportSet['kind'],
  all: readonly SetFile[],
  manifest: Manifest | null,
  zone: Zone,
): ExportSet {
  const promised = new Map(
    (manifest?.files ?? []).map((file) => [file.path.replaceAll('\\', '/').replace(/^\.\//, ''), file]),
  );
  const files = all
    .filter((file) => !UNFINISHED.test(file.path))
    .map((file) => {
      const entry = promised.get(file.path);
      return { ...file, sha256: entry?.sha256?.toLowerCase() ?? null, rows: entry?.rows ?? null };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const name = basename(path);
  const utc = new Zone('UTC');
  const named = [name, ...files.map((file) => basename(file.path))]
    .map((one) => timeInName(one, zone, utc))
    .find((time) => time !== null);
  const stated = manifest?.exportedAt === undefined ? undefined : Date.parse(manifest.exportedAt);
  const newest = files.length === 0 ? null : Math.max(...files.map((file) => file.modified));
  return {
    name,
    path,
    kind,
    takenAt: stated ?? named ?? newest,
    takenFrom: stated !== undefined ? 'manifest' : named !== undefined ? 'name' : 'file-time',
    files,
    signature: [path, ...all.map((file) => `${file.path} ${file.size} ${file.modified}`).sort()].join('\n'),
    lacks: whatLacks(files, promised, all),
  };
}

function whatLacks(
  files: readonly SetFile[],
  promised: ReadonlyMap<string, { readonly size?: number | undefined }>,
  all: readonly SetFile[],
): string | null {
  const unfinished = all.find((file) => /\.(?:part|partial|crdownload|filepart|download)$/i.test(file.path));
  if (unfinished !== undefined) return `${unfinished.path} is still being written`;
  for (const [path, entry] of promised) {
    const file = files.find((one) => one.path === path);
    if (file === undefined) return `${path} is missing`;
    if (entry.size !== undefined && entry.size !== file.size) return `${path} has ${file.size} bytes of ${entry.size}`;
  }
  return null;
}
