import { readFileSync } from 'node:fs';
import { recordKey } from '../core/identifiers.ts';
import type { FieldValues } from '../events/event.ts';
import type { FieldDescription, ObjectDescription, SourceDescription } from '../source/connector.ts';
import type { FieldOption, TwentyFieldType, Workspace, WorkspaceField, WorkspaceObject } from '../twenty/model.ts';
import { loadMapping } from './compile.ts';
import type { CompiledMapping, Draft, RecordDraft, SourceView } from './model.ts';

/** Helpers of the tests of this room; nothing else imports them. */

/** A mapping of one object `contact` → person, the rest as given. */
export function contactMapping(body: string, top = ''): string {
  return `version: 1\nsource: crm\ndefaults: { timezone: Europe/London, country: GB, currency: GBP }\n${top}objects:\n  contact:\n    target: person\n${body
    .split('\n')
    .map((line) => (line === '' ? line : `    ${line}`))
    .join('\n')}\n`;
}

export function compiled(text: string): CompiledMapping {
  return loadMapping(text, 'mapping.yaml');
}

export function view(object: string, id: string, after: FieldValues, more: Partial<SourceView> = {}): SourceView {
  return { key: recordKey('crm', object, id), id, after, sourceTime: null, sourceCreated: null, ...more };
}

export function draftOf(
  mapping: CompiledMapping,
  object: string,
  after: FieldValues,
  more: Partial<SourceView> = {},
): Draft {
  const found = mapping.objects.get(object);
  if (found === undefined) throw new Error(`the mapping has no object ${object}`);
  return found.draft(view(object, '7', after, more));
}

/** The draft, which must be a record. */
export function recordOf(
  mapping: CompiledMapping,
  object: string,
  after: FieldValues,
  more: Partial<SourceView> = {},
): RecordDraft {
  const draft = draftOf(mapping, object, after, more);
  if (draft.kind !== 'record') throw new Error(`not a record: ${JSON.stringify(draft)}`);
  return draft.record;
}

/** The mapping that the guide shows. */
export function guideExample(): string {
  const guide = readFileSync(new URL('../../docs/guide/mapping.md', import.meta.url), 'utf8');
  const start = guide.indexOf('```yaml', guide.indexOf('## Example: Smart CRM Online')) + '```yaml\n'.length;
  return guide.slice(start, guide.indexOf('```', start));
}

export function column(name: string, more: Partial<FieldDescription> = {}): FieldDescription {
  return {
    name,
    label: name,
    type: { kind: 'string' },
    standard: true,
    required: false,
    profile: null,
    values: null,
    refersTo: [],
    proposal: null,
    ...more,
  };
}

export function described(
  objects: Readonly<Record<string, readonly FieldDescription[]>>,
  more: Partial<SourceDescription> = {},
): SourceDescription {
  const list: ObjectDescription[] = Object.entries(objects).map(([name, fields]) => ({
    name,
    label: name,
    standard: true,
    fields,
    count: null,
  }));
  return {
    source: 'crm',
    objects: list,
    owners: [],
    pipelines: [],
    automations: [],
    questions: [],
    notes: [],
    ...more,
  };
}

export interface FieldSketch {
  readonly type: TwentyFieldType;
  readonly options?: readonly string[];
  readonly required?: boolean;
  readonly relation?: Readonly<Record<string, string>>;
}

/** A workspace with these objects and fields; each object has what every object has. */
export function workspaceOf(
  objects: Readonly<Record<string, Readonly<Record<string, TwentyFieldType | FieldSketch>>>>,
): Workspace {
  const made = Object.entries(objects).map(([nameSingular, sketches]): [string, WorkspaceObject] => {
    const all = { id: 'UUID', createdAt: 'DATE_TIME', updatedAt: 'DATE_TIME', ...sketches } as Record<
      string,
      TwentyFieldType | FieldSketch
    >;
    const fields = Object.entries(all).map(([name, sketch]): [string, WorkspaceField] => [
      name,
      fieldOf(name, typeof sketch === 'string' ? { type: sketch } : sketch),
    ]);
    return [
      nameSingular,
      {
        id: nameSingular,
        nameSingular,
        namePlural: `${nameSingular}s`,
        isSystem: false,
        isActive: true,
        fields: new Map(fields),
        uniques: [],
        partialUniques: [],
      },
    ];
  });
  return { objects: new Map(made), hash: 'workspace', readAt: 0 };
}

function fieldOf(name: string, sketch: FieldSketch): WorkspaceField {
  const options =
    sketch.options?.map(
      (value, position): FieldOption => ({ id: value, value, label: value, position, color: null }),
    ) ?? null;
  return {
    id: name,
    name,
    label: name,
    type: sketch.type,
    isNullable: sketch.required !== true,
    isUnique: false,
    isSystem: false,
    isActive: true,
    defaultValue: null,
    options,
    settings: null,
    description: null,
    relation:
      sketch.relation === undefined
        ? null
        : { type: 'MANY_TO_ONE', targets: Object.keys(sketch.relation), columns: sketch.relation },
  };
}

/** The standard objects as version 2.21.0 has them, as far as mappings write them (twenty.md §6). */
export function standardWorkspace(): Workspace {
  const member = { type: 'RELATION', relation: { workspaceMember: 'ownerId' } } as const;
  return workspaceOf({
    company: {
      name: 'TEXT',
      domainName: 'LINKS',
      address: 'ADDRESS',
      annualRevenue: 'CURRENCY',
      accountOwner: { type: 'RELATION', relation: { workspaceMember: 'accountOwnerId' } },
    },
    person: {
      name: 'FULL_NAME',
      emails: 'EMAILS',
      phones: 'PHONES',
      jobTitle: 'TEXT',
      company: { type: 'RELATION', relation: { company: 'companyId' } },
    },
    opportunity: {
      name: 'TEXT',
      amount: 'CURRENCY',
      closeDate: 'DATE_TIME',
      stage: { type: 'SELECT', options: ['NEW', 'CUSTOMER'] },
      owner: member,
      company: { type: 'RELATION', relation: { company: 'companyId' } },
      pointOfContact: { type: 'RELATION', relation: { person: 'pointOfContactId' } },
    },
    task: {
      title: 'TEXT',
      bodyV2: 'RICH_TEXT',
      dueAt: 'DATE_TIME',
      status: { type: 'SELECT', options: ['TODO', 'IN_PROGRESS', 'DONE'] },
      assignee: { type: 'RELATION', relation: { workspaceMember: 'assigneeId' } },
    },
    note: { title: 'TEXT', bodyV2: 'RICH_TEXT' },
    taskTarget: { task: { type: 'RELATION', relation: { task: 'taskId' } }, target: morph() },
    noteTarget: { note: { type: 'RELATION', relation: { note: 'noteId' } }, target: morph() },
    calendarEvent: { title: 'TEXT', description: 'TEXT', startsAt: 'DATE_TIME', endsAt: 'DATE_TIME', location: 'TEXT' },
  });
}

/** The same in 1.x: links have a column for each object, under shorter names (twenty.md §6). */
export function workspaceOf1x(): Workspace {
  const { objects } = standardWorkspace();
  const column = (object: string) => ({ type: 'RELATION', relation: { [object]: `${object}Id` } }) as const;
  const targets = { person: column('person'), company: column('company'), opportunity: column('opportunity') };
  const older = workspaceOf({
    noteTarget: { note: column('note'), ...targets },
    taskTarget: { task: column('task'), ...targets },
  });
  return { objects: new Map([...objects, ...older.objects]), hash: '1.x', readAt: 0 };
}

function morph(): FieldSketch {
  return {
    type: 'MORPH_RELATION',
    relation: { person: 'targetPersonId', company: 'targetCompanyId', opportunity: 'targetOpportunityId' },
  };
}
