import type { ErrorCode } from '../../src/core/error-codes.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import { canonicalJson, contentHash, sha256 } from '../../src/core/identifiers.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { RejectedRow, SourceRecord } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import { dependencies } from './derived.ts';
import { BadValue, DETAILS, type Detail } from './details.ts';
import type { Discovered } from './discovered.ts';
import type { Fingerprint, Fingerprints } from './fingerprints.ts';
import { added, includes, without } from './intervals.ts';
import type { Module } from './modules.ts';
import { type Held, NONE_HELD, type Sweep } from './position.ts';
import { type Assembled, assemble, belongs, idOf, type RowParts } from './rows.ts';
import type { Settings } from './settings.ts';

export interface TakeParts extends RowParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly discovered: Discovered;
  readonly notices: Notices;
  readonly fingerprints: (object: string) => Fingerprints;
}

/** What became of rows. */
export interface Taken {
  readonly records: SourceRecord[];
  readonly rejects: RejectedRow[];
  /** True once the records are safe in the log. */
  readonly prints: Map<number, Fingerprint>;
  readonly ids: number[];
  readonly others: number[];
  /** Records that are held: they had details that they are shown without. */
  readonly emptied: Map<number, readonly Detail[]>;
  retained: number;
  newest: number;
}

type Looked =
  | { readonly kind: 'same' | 'away' }
  | { readonly kind: 'bad'; readonly reason: string; readonly row: string }
  | { readonly kind: 'read'; readonly assembled: Assembled; readonly row: string };

/**
 * How rows are looked at: only where they or their dependencies changed, or their details are due; or whatever they look like,
 * and then either holding what lost details, or taking it as it is shown.
 */
export type Look = 'changed' | 'again' | 'as-shown';

/** Makes records of rows: only of those that differ from what was told. */
export class Take {
  readonly #parts: TakeParts;

  constructor(parts: TakeParts) {
    this.#parts = parts;
  }

  async rows(
    module: Module,
    rows: readonly JsonObject[],
    at: Sweep,
    signal: AbortSignal,
    look: Look = 'changed',
  ): Promise<Taken> {
    const { noteTypes } = this.#parts;
    const taken: Taken = {
      records: [],
      rejects: [],
      prints: new Map(),
      ids: [],
      others: [],
      emptied: new Map(),
      retained: 0,
      newest: 0,
    };
    const own: { row: JsonObject; id: number }[] = [];
    for (const [index, row] of rows.entries()) {
      const id = idOf(row);
      if (id === null) {
        taken.rejects.push(
          rejected(module, at, index, row, 'DINAMIK_ROW_INVALID', 'it has no whole number as its id', null),
        );
        continue;
      }
      if (!belongs(module, row, noteTypes)) {
        taken.others.push(id);
        continue;
      }
      if (includes(at.seen, id) || own.some((one) => one.id === id)) {
        this.#notice(module.name, 'DINAMIK_ROW_TWICE', `record ${id} stands on two pages`);
        const before = own.findIndex((one) => one.id === id);
        if (before >= 0) own.splice(before, 1);
      }
      own.push({ row, id });
    }
    const outcomes = await Promise.all(own.map(({ row, id }) => this.#look(module, row, id, at, signal, look)));
    for (const [index, outcome] of outcomes.entries()) {
      const one = own[index];
      if (one !== undefined) this.#note(taken, module, at, index, one, outcome, look);
    }
    return taken;
  }

  #note(
    taken: Taken,
    module: Module,
    at: Sweep,
    index: number,
    one: { row: JsonObject; id: number },
    outcome: Looked,
    look: Look,
  ): void {
    const { fingerprints } = this.#parts;
    const before = fingerprints(module.name).get(one.id);
    switch (outcome.kind) {
      case 'same':
        if (before?.told !== null) taken.ids.push(one.id);
        return;
      case 'away':
        return;
      case 'bad': {
        const { reason, row } = outcome;
        if (before !== undefined && before.told !== null) taken.retained += 1;
        taken.rejects.push(rejected(module, at, index, one.row, 'DINAMIK_VALUE_INVALID', reason, String(one.id)));
        taken.prints.set(one.id, { row, told: null, created: null, detailsAt: at.began, filled: [] });
        return;
      }
      case 'read': {
        const { assembled, row } = outcome;
        taken.ids.push(one.id);
        const reused = isOther(before, assembled);
        const lost = look === 'as-shown' || reused ? [] : lostOf(before, assembled, isHeld(at, one.id));
        if (lost.length > 0) {
          taken.emptied.set(one.id, lost);
          return;
        }
        const told = contentHash(assembled.values);
        const { created, filled } = assembled;
        taken.newest = Math.max(taken.newest, assembled.modified ?? 0);
        taken.prints.set(one.id, { row, told, created, detailsAt: at.began, filled });
        if (reused) {
          this.#notice(module.name, 'DINAMIK_ID_REUSED', `id ${one.id} is another record now`);
          taken.records.push(deletion(one.id));
        }
        if (reused || before?.told !== told) taken.records.push(upsert(assembled));
      }
    }
  }

  async #look(
    module: Module,
    row: JsonObject,
    id: number,
    at: Sweep,
    signal: AbortSignal,
    look: Look,
  ): Promise<Looked> {
    const { fingerprints, settings, clock, discovered } = this.#parts;
    const before = fingerprints(module.name).get(id);
    const hash = sha256(canonicalJson(row) + (await dependencies(this.#parts, module, id, row))).slice(0, 32);
    const stale = at.details && before !== undefined && clock.now() - before.detailsAt >= settings.detailSeconds * 1000;
    if (look === 'changed' && before?.row === hash && !stale) return { kind: 'same' };
    try {
      const assembled = await assemble(this.#parts, module, row, id, signal);
      if (assembled === null) return { kind: 'away' };
      discovered.saw(module.name, assembled);
      return { kind: 'read', assembled, row: hash };
    } catch (thrown) {
      if (thrown instanceof BadValue) return { kind: 'bad', reason: thrown.message, row: hash };
      throw thrown;
    }
  }

  /** Once for each object, whatever its words. */
  #notice(object: string, code: ErrorCode, message: string): void {
    this.#parts.notices.tell(code, message, { object }, object);
  }
}

/** Details that a record had when it was told last, and is shown without. */
function lostOf(before: Fingerprint | undefined, { filled }: Assembled, held: boolean): readonly Detail[] {
  // Of one that is held it is known that it had some, also where its fingerprint was lost.
  const had = before?.filled ?? (held && filled.length === 0 ? DETAILS : []);
  return had.filter((name) => !filled.includes(name));
}

function isHeld({ held = NONE_HELD }: Sweep, id: number): boolean {
  return includes(held.found, id) || includes(held.asked, id) || includes(held.kept, id);
}

/** Who is held after these rows: whoever was told is not any more. */
export function heldAfter(before: Held, { prints, emptied }: Taken): Held {
  const told = [...prints.keys()];
  const asked = without(before.asked, told);
  const kept = without(before.kept, told);
  const fresh = [...emptied.keys()].filter((id) => !includes(asked, id) && !includes(kept, id));
  return {
    found: added(without(before.found, told), fresh),
    asked,
    question: asked.length === 0 ? null : before.question,
    kept,
  };
}

/** An id that was made anew: the source gave it to another record. */
function isOther(before: Fingerprint | undefined, { created }: Assembled): boolean {
  return (
    before !== undefined &&
    before.told !== null &&
    before.created !== null &&
    created !== null &&
    created > before.created
  );
}

function upsert({ id, values, created, modified }: Assembled): SourceRecord {
  return { id: String(id), op: 'UPSERT', after: values, version: null, time: modified, created };
}

export function deletion(id: number): SourceRecord {
  return { id: String(id), op: 'DELETE', after: null, version: null, time: null, created: null };
}

function rejected(
  module: Module,
  at: Sweep,
  index: number,
  row: JsonObject,
  code: string,
  reason: string,
  id: string | null,
): RejectedRow {
  const excerpt = canonicalJson(row).slice(0, 2000);
  return { file: `${module.controller}, page ${at.next + 1}`, line: index + 1, code, reason, excerpt, id };
}
