/**
 * Compares a recorded answer with the simulator's. Ignored are only: ids, times, cursors and tokens the server made, names
 * of generated constraints and indexes, `searchVector`, and ids of editor blocks. Ids are not just skipped: one recorded
 * id must always meet the same id here, and what the client sent must come back as it is.
 */

export interface Mismatch {
  /** `body.data.createPeople.0.name`. */
  readonly path: string;
  readonly recorded: unknown;
  readonly got: unknown;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const WHOLE_UUID = new RegExp(`^${UUID.source}$`, 'i');
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const GENERATED_NAME = /\b(FK|IDX_UNIQUE|IDX)_[0-9a-f]{27}\b/g;

/** Remembers which recorded id or cursor stands for which of ours, over a whole recording. */
export class Comparison {
  readonly #known: ReadonlySet<string>;
  readonly #sent = new Set<string>();
  readonly #ours = new Map<string, string>();
  readonly #theirs = new Map<string, string>();
  readonly #cursors = new Map<string, string>();

  /** `known` are ids both sides have from the start: those of the data model and of the demo rows. */
  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** Texts a request holds: ids and times among them must come back unchanged. */
  sent(texts: readonly string[]): void {
    for (const text of texts) {
      this.#sent.add(text);
      for (const id of text.match(UUID) ?? []) this.#sent.add(id);
    }
  }

  /** A recorded request with our ids and cursors in the place of the recorded ones. */
  translate(text: string): string {
    let translated = text.replace(UUID, (id) => this.#ours.get(id) ?? id);
    for (const [recorded, ours] of this.#cursors) translated = translated.replaceAll(recorded, ours);
    return translated;
  }

  compare(recorded: unknown, got: unknown, path: string): Mismatch[] {
    if (path.endsWith('.searchVector')) return [];
    if (Array.isArray(recorded)) return this.#lists(recorded, got, path);
    if (typeof recorded === 'object' && recorded !== null) {
      return this.#objects(recorded as Record<string, unknown>, got, path);
    }
    if (typeof recorded === 'string' && typeof got === 'string') return this.#texts(recorded, got, path);
    return recorded === got ? [] : [{ path, recorded, got }];
  }

  #lists(recorded: readonly unknown[], got: unknown, path: string): Mismatch[] {
    if (!Array.isArray(got)) return [{ path, recorded, got }];
    // The recorder kept the first entries only of the second list of counts; those must be there, in this order.
    const cut = path.endsWith('.objectRecordCounts') && recorded.length < got.length;
    if (recorded.length !== got.length && !cut) {
      return [{ path: `${path}.length`, recorded: recorded.length, got: got.length }];
    }
    return recorded.flatMap((item, index) => this.compare(item, got[index], `${path}.${index}`));
  }

  #objects(recorded: Record<string, unknown>, got: unknown, path: string): Mismatch[] {
    if (typeof got !== 'object' || got === null || Array.isArray(got)) return [{ path, recorded, got }];
    const ours = got as Record<string, unknown>;
    const extra = Object.keys(ours).filter((key) => !Object.hasOwn(recorded, key));
    return [
      ...Object.keys(recorded).flatMap((key) =>
        Object.hasOwn(ours, key)
          ? this.compare(recorded[key], ours[key], `${path}.${key}`)
          : [{ path: `${path}.${key}`, recorded: recorded[key], got: undefined }],
      ),
      ...extra.map((key) => ({ path: `${path}.${key}`, recorded: undefined, got: ours[key] })),
    ];
  }

  #texts(recorded: string, got: string, path: string): Mismatch[] {
    const different = [{ path, recorded, got }];
    if (WHOLE_UUID.test(recorded) && WHOLE_UUID.test(got)) return this.#sameId(recorded, got) ? [] : different;
    if (recorded === got) return [];
    if (TIME.test(recorded) && TIME.test(got)) return this.#sent.has(recorded) ? different : [];
    if (path.endsWith('.blocknote')) return this.#blocks(recorded, got, path);
    if (/\.(url|uploadUrl)$/.test(path)) return this.#urls(recorded, got) ? [] : different;
    const place = decodeCursor(recorded);
    const ourPlace = decodeCursor(got);
    if (place !== undefined && ourPlace !== undefined) {
      this.#cursors.set(recorded, got);
      return this.compare(place, ourPlace, path);
    }
    return this.#sentences(recorded, got) ? [] : different;
  }

  /** One recorded id, one of ours, both ways; ids that were sent or known before are the same on both sides. */
  #sameId(recorded: string, got: string): boolean {
    if (this.#known.has(recorded) || (this.#sent.has(recorded) && !this.#ours.has(recorded))) return recorded === got;
    const ours = this.#ours.get(recorded);
    const theirs = this.#theirs.get(got);
    if (ours === undefined && theirs === undefined) {
      this.#ours.set(recorded, got);
      this.#theirs.set(got, recorded);
      return true;
    }
    return ours === got && theirs === recorded;
  }

  /** Texts that hold ids or generated names: the rest must be the same. */
  #sentences(recorded: string, got: string): boolean {
    const plain = (text: string): string => text.replace(UUID, '<id>').replace(GENERATED_NAME, '$1_<name>');
    if (plain(recorded) !== plain(got)) return false;
    const ours = got.match(UUID) ?? [];
    return (recorded.match(UUID) ?? []).every((id, index) => this.#sameId(id, ours[index] ?? ''));
  }

  #blocks(recorded: string, got: string, path: string): Mismatch[] {
    try {
      return this.compare(JSON.parse(recorded), JSON.parse(got), path);
    } catch {
      return [{ path, recorded, got }];
    }
  }

  /** Same path up to where the recording was redacted; the host is where each server happens to listen. */
  #urls(recorded: string, got: string): boolean {
    const theirs = new URL(recorded);
    const ours = new URL(got);
    const [kept = '', redacted] = theirs.pathname.split('REDACTED');
    if (redacted !== undefined) return ours.pathname.startsWith(kept) && ours.pathname.length > kept.length;
    const names = (url: URL): string => [...url.searchParams.keys()].sort().join();
    return this.#sentences(theirs.pathname, ours.pathname) && names(theirs) === names(ours);
  }
}

function decodeCursor(text: string): unknown {
  if (!/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
