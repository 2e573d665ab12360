import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import { part, text } from '../support/sink/values.ts';
import type { SinkWorld } from '../support/sink-world.ts';
import { type Kind, OBJECTS, TARGETS } from './invented.ts';
import type { Seen, SeenEdit, SeenRow } from './model.ts';

// What stands in Twenty and in the lists of the sink, in the words in which the model says what must.

/** A text, or the first name of a person. */
export function textOf(value: unknown): string {
  return part(value, 'firstName') || text(value);
}

/** The rows of an object, deleted ones too. */
export function rowsOf(sandbox: TwentySandbox, object: Kind): readonly SeenRow[] {
  return sandbox.dump(TARGETS[object]).map((row) => ({
    object: TARGETS[object],
    id: text(row.id),
    live: row.deletedAt === null,
    keys: Array.isArray(row.sourceKeys) ? row.sourceKeys.map(String) : [],
    text: textOf(row.name) || text(row.title),
    job: text(row.jobTitle),
    value: part(row.domainName, 'primaryLinkUrl') || part(row.emails, 'primaryEmail') || text(row.code),
    link: text(row.parentCompanyId) || text(row.companyId) || null,
    remark: text(row.remark),
  }));
}

export async function seenIn(world: SinkWorld): Promise<Seen> {
  const targets = world
    .rows('noteTarget')
    .map((row): [string, string | null] => [text(row.noteId), text(row.targetPersonId) || text(row.personId) || null]);
  const classes = Object.entries(await world.classes()).map(([name, found]): [string, string] => [
    `crm/${name}`,
    found,
  ]);
  return {
    rows: OBJECTS.flatMap((object) => rowsOf(world.sandbox, object)),
    noteTargets: new Map(targets),
    edits: await editsIn(world),
    classes: new Map(classes),
  };
}

async function editsIn(world: SinkWorld): Promise<readonly SeenEdit[]> {
  const edits = await world.state.read((tx) => tx.edits.list({ limit: 10_000 }));
  return edits.map(({ id, field, value, status }) => ({ row: id, field, value: textOf(value), status }));
}
