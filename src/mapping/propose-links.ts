import type { Document } from 'yaml';
import type { FieldDescription, ObjectDescription } from '../source/connector.ts';
import { fieldName } from '../twenty/names.ts';
import type { Builder } from './builder.ts';
import type { Path } from './finding.ts';
import type { ProposalDecision } from './propose.ts';
import { knownColumn } from './propose-known.ts';
import { foldKey } from './values.ts';
import { addTo, listAt, mapAt } from './yaml-edit.ts';

/** The relation column from one Twenty object to another. */
const DIRECT: Readonly<Record<string, string>> = {
  'person company': 'companyId',
  'opportunity company': 'companyId',
  'opportunity person': 'pointOfContactId',
};

/** Activities point at their records through an object of their own. */
const THROUGH: Readonly<Record<string, { readonly target: string; readonly parent: string }>> = {
  task: { target: 'taskTarget', parent: 'taskId' },
  note: { target: 'noteTarget', parent: 'noteId' },
};
const TARGET_COLUMN: Readonly<Record<string, string>> = {
  person: 'targetPersonId',
  opportunity: 'targetOpportunityId',
  company: 'targetCompanyId',
};

interface Attempt {
  readonly to: string;
  readonly object: string;
  readonly id?: string;
  readonly index?: string;
  readonly value?: string;
  readonly among?: 'newest';
}

/**
 * Columns that hold ids or names of other objects become links, where Twenty has a relation for them: ids first, then names.
 * Gives the columns that are taken.
 */
export function proposeLinks(
  document: Document,
  builder: Builder,
  object: ObjectDescription,
  path: Path,
  used: ReadonlySet<string>,
  decisions: ProposalDecision[],
): ReadonlySet<string> {
  const from = builder.objects.moved.get(object.name)?.spec.target ?? '';
  const through = THROUGH[from];
  const attempts = new Map<string, Attempt[]>();
  const taken = new Set<string>();
  const free = object.fields.filter((field) => !used.has(field.name) && field.refersTo.length > 0);
  for (const field of [...free].sort((a, b) => Number(isName(a)) - Number(isName(b)))) {
    for (const other of field.refersTo) {
      const towards = builder.objects.moved.get(other)?.spec.target ?? '';
      const to =
        through === undefined
          ? (DIRECT[`${from} ${towards}`] ?? madeRelation(document, object, from, field, towards))
          : TARGET_COLUMN[towards];
      if (to === undefined) continue;
      const attempt: Attempt = isName(field)
        ? { to, object: other, index: 'name', value: field.name, among: 'newest' }
        : { to, object: other, id: field.name };
      const link = through === undefined ? to : 'parent';
      attempts.set(link, [...(attempts.get(link) ?? []), attempt]);
      taken.add(field.name);
      const reason = `it holds ${isName(field) ? 'names' : 'ids'} of ${other}`;
      decisions.push({
        object: object.name,
        field: field.name,
        proposal: `link ${to}`,
        confidence: isName(field) ? 0.7 : 0.8,
        reason,
      });
    }
  }
  for (const [name, tries] of attempts) {
    const link = {
      name:
        through !== undefined ? name : Object.values(DIRECT).includes(name) ? (tries[0]?.object ?? name) : slugOf(name),
      attempts: tries,
      otherwise: through === undefined && !Object.values(DIRECT).includes(name) ? 'leave' : 'hold',
    };
    const why = '0.8: columns that hold ids or names of other objects';
    if (through === undefined) addTo(document, listAt(document, [...path, 'links']), link, why);
    else addTo(document, listAt(document, [...path, 'children']), { name: 'target', ...through, links: [link] }, why);
  }
  return taken;
}

/** A relation of its own, where the source says that a field holds ids of another object and Twenty has none for it. */
function madeRelation(
  document: Document,
  object: ObjectDescription,
  from: string,
  field: FieldDescription,
  towards: string,
): string | undefined {
  if (field.profile !== null || from === '' || towards === '' || !isMadeObject(document, from)) return undefined;
  const name = fieldName(field.label);
  const key = `${from}.${name}`;
  const fields = mapAt(document, ['provision', 'fields']);
  if (fields.has(key)) return undefined;
  const reverse = `${object.label}s: ${field.label}`.slice(0, 63);
  fields.set(
    key,
    document.createNode(
      { type: 'RELATION', target: towards, reverse, label: field.label.slice(0, 63) },
      { flow: true },
    ),
  );
  return `${name}Id`;
}

/** Objects of our own making; the relations of Twenty's own are for a person to think about. */
function isMadeObject(document: Document, name: string): boolean {
  return mapAt(document, ['provision', 'objects']).has(name);
}

function slugOf(column: string): string {
  return column.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The index by which others may find the records by name, for an object that is proposed from nothing. */
export function proposeNameIndex(document: Document, object: ObjectDescription, target: string, path: Path): void {
  const column = (part: string): string | null =>
    object.fields.find((field) => knownColumn(target, field.name)?.to === part)?.name ?? null;
  const [first, last] = [column('name.firstName'), column('name.lastName')];
  const whole = column('name') ?? column('title');
  const lookup =
    first !== null && last !== null
      ? { index: 'name', template: `{${first}} {${last}}` }
      : whole !== null
        ? { index: 'name', from: whole }
        : null;
  if (lookup !== null) addTo(document, listAt(document, [...path, 'lookups']), lookup, null);
}

function isName(field: FieldDescription): boolean {
  // A source that defines its columns says of ids what they are ids of; in an export it is guessed.
  if (field.profile === null && field.proposal === null && field.type.kind === 'string' && field.values === null)
    return looksLikeName(field) && !/id$|\//i.test(field.name);
  return looksLikeName(field);
}

function looksLikeName(field: FieldDescription): boolean {
  return (
    !/(^|[\s_-])(id|ids|no|key|guid|number)$|(Id|ID)$/.test(field.name) && !/\b(id|no)\b/.test(foldKey(field.name))
  );
}
