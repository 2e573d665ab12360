import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import { oneEmail, oneLink, personName, text } from '../support/sink/values.ts';
import { EDITED, type Kind, OBJECTS, TARGETS } from './invented.ts';
import type { Deed } from './model.ts';
import { rowsOf } from './seen.ts';
import { type Step, UNIQUE } from './steps.ts';

/** Who works in Twenty. */
export const EVE = 'eve@example.com';

const REMOVALS = { delete: 'deleted', restore: 'restored', destroy: 'destroyed' } as const;

/** Does in the workspace what a history says that people do, and keeps what came of it. */
export class People {
  readonly #sandbox: TwentySandbox;
  #deeds: Deed[] = [];
  #atWork = false;

  constructor(sandbox: TwentySandbox) {
    this.#sandbox = sandbox;
  }

  get deeds(): readonly Deed[] {
    return this.#deeds;
  }

  /** Somebody is at work in Twenty, not the writer. */
  get atWork(): boolean {
    return this.#atWork;
  }

  clear(): void {
    this.#deeds = [];
  }

  act(step: Extract<Step, { does: 'person' }>): void {
    this.#atWork = true;
    this.#act(step);
    this.#atWork = false;
  }

  #act(step: Extract<Step, { does: 'person' }>): void {
    const sandbox = this.#sandbox;
    const wantsDeleted = step.deed === 'restore';
    const candidates = (kind: Kind) => rowsOf(sandbox, kind).filter(({ live }) => live !== wantsDeleted);
    // Where there is nothing of the object, somebody looks at the next one.
    const there = OBJECTS.filter((kind) => step.deed === 'create' || candidates(kind).length > 0);
    const kind = there.includes(step.object) ? step.object : (there[0] ?? step.object);
    const object = TARGETS[kind];
    const value = kind === step.object ? step.value : (UNIQUE[kind][step.row % UNIQUE[kind].length] ?? '');
    const rows = candidates(kind);
    const row = rows[step.row % Math.max(1, rows.length)];
    const deed = (what: Deed['what'], values: readonly string[], more: { readonly remark?: string } = {}) =>
      this.#deeds.push({ what, object, row: row?.id ?? '', keys: row?.keys ?? [], values, ...more });
    const act = (
      action: 'create' | 'update' | 'delete' | 'restore' | 'destroy',
      data?: Record<string, unknown>,
    ): unknown => {
      try {
        return sandbox.person({
          person: EVE,
          object,
          action,
          ...(action === 'create' || row === undefined ? {} : { id: row.id }),
          ...(data === undefined ? {} : { data }),
        });
      } catch {
        // The workspace refuses people too.
        return null;
      }
    };
    if (step.deed === 'create') {
      const made = act('create', { ...named(kind, 'Stranger'), ...valued(kind, value) });
      if (made === null) return;
      const id = text((made as { id?: unknown }).id);
      this.#deeds.push({ what: 'made', object, row: id, keys: [], values: [value] });
      return;
    }
    if (row === undefined) return;
    const remark = `remark ${this.#deeds.length}`;
    switch (step.deed) {
      case 'give-value':
        if (act('update', valued(kind, value)) !== null) deed('gave-value', [value, row.value]);
        return;
      case 'edit-own-field':
        if (act('update', { remark }) !== null) deed('edited-own', [], { remark });
        return;
      case 'edit-mapped-field': {
        const fields = Object.keys(EDITED[kind]);
        const field = fields[step.field % fields.length] ?? '';
        const edited = field === 'jobTitle' ? { jobTitle: step.text } : named(kind, step.text);
        if (act('update', edited) !== null) deed('edited-mapped', []);
        return;
      }
      case 'delete':
      case 'restore':
      case 'destroy':
        if (act(step.deed) !== null) deed(REMOVALS[step.deed], [row.value]);
        return;
    }
  }
}

function named(object: Kind, name: string): Record<string, unknown> {
  if (object === 'contact') return { name: personName(name) };
  return object === 'note' ? { title: name } : { name };
}

function valued(object: Kind, value: string): Record<string, unknown> {
  switch (object) {
    case 'company':
      return { domainName: oneLink(value) };
    case 'contact':
      return { emails: oneEmail(value) };
    case 'deal':
      return { code: value };
    case 'note':
      return {};
  }
}
