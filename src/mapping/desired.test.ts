import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DesiredModel } from '../twenty/desired.ts';
import { compileMapping } from './compile.ts';
import { readMapping } from './parse.ts';
import { compiled, contactMapping } from './testing.ts';

/** What a mapping that comes with a connector wants in the workspace where its choices are these. */
function wanted(connector: string, chosen: Readonly<Record<string, string>> = {}): DesiredModel {
  const text = readFileSync(new URL(`../../connectors/${connector}/mapping.yaml`, import.meta.url), 'utf8');
  const source = readMapping(text, `${connector}.yaml`);
  const choices = Object.fromEntries(
    Object.entries(source.file.choices ?? {}).map(([name, choice]) => [
      name,
      { ...choice, value: chosen[name] ?? choice.value },
    ]),
  );
  return compileMapping({ ...source, file: { ...source.file, choices } }).desired;
}

const objectsOf = ({ objects }: DesiredModel): readonly string[] => objects.map(({ nameSingular }) => nameSingular);
/** Every field that stands on one of these objects or points at one. */
const touching = ({ fields }: DesiredModel, ...objects: readonly string[]): readonly string[] =>
  fields
    .filter(({ object, relation }) => objects.includes(object) || objects.includes(relation?.target ?? ''))
    .map(({ object, name }) => `${object}.${name}`);

const CATALOGUE = ['product', 'productPrice'];

describe('ALL-5 an object of the mapping is made where, as its choices stand, a record becomes one', () => {
  it.each([
    ['smartdesk', {}, ['campaign', 'ticket']],
    ['smartdesk', { campaigns: 'note' }, ['ticket']],
    ['smartdesk', { campaigns: 'document' }, ['ticket']],
    ['smartdesk', { tickets: 'archive' }, ['campaign']],
    ['smartdesk', { campaigns: 'note', tickets: 'archive', meetings: 'calendar-event' }, []],
    ['dinamik', { tickets: 'task' }, []],
    ['dinamik', { tickets: 'object' }, ['deskTicket']],
    ['dataverse', { cases: 'object' }, ['supportCase', ...CATALOGUE]],
    ['dataverse', { cases: 'note' }, CATALOGUE],
    ['smart-crm-online', {}, ['topic', 'topicAssignment']],
    ['kinabase', {}, ['salesTeam', 'project', 'projectMember', 'site', 'asset', 'contract', 'ticket']],
  ] as const)('%s with %j: %j', (connector, choices, objects) => {
    const model = wanted(connector, choices);
    expect(objectsOf(model)).toEqual(objects);
    // Nothing is wanted of an object that is not, or no plan could be carried out.
    const declared = readMapping(
      readFileSync(new URL(`../../connectors/${connector}/mapping.yaml`, import.meta.url), 'utf8'),
      connector,
    ).file.provision?.objects;
    const unwanted = Object.keys(declared ?? {}).filter((name) => !objectsOf(model).includes(name));
    expect(touching(model, ...unwanted)).toEqual([]);
    expect(model.synced.filter((name) => unwanted.includes(name))).toEqual([]);
  });

  it('with the relations that its rules set, and no others', () => {
    expect(touching(wanted('smartdesk'), 'ticket')).toEqual(
      expect.arrayContaining(['ticket.person', 'ticket.company', 'note.ticket', 'ticket.assignee']),
    );
    const ticketFields = (tickets: string) =>
      wanted('dinamik', { tickets })
        .fields.filter(({ object, relation }) => object === 'note' && relation !== undefined)
        .map(({ name }) => name);
    expect(ticketFields('task')).toContain('ticketTask');
    expect(ticketFields('task')).not.toContain('deskTicket');
    expect(ticketFields('object')).toContain('deskTicket');
    expect(ticketFields('object')).not.toContain('ticketTask');
  });

  it('and where only a relation that a rule sets points at it', () => {
    const mapping = compiled(
      contactMapping(
        'fields: []\nlinks: [{ name: team, attempts: [{ to: teamId, object: contact, id: Team }], otherwise: leave }]',
        `provision:
  objects: { team: { plural: teams, label: Team, labelPlural: Teams } }
  fields: { person.team: { type: RELATION, target: team, reverse: Members, label: Team } }
`,
      ),
    );
    expect(objectsOf(mapping.desired)).toEqual(['team']);
    expect(mapping.desired.fields.map(({ name }) => name)).toEqual(['team']);
  });
});
