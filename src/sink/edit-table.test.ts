import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { EDIT_RULES, type EditRule } from '../mapping/model.ts';
import { EDIT_CHOICES, type EditAnswer, movementOf, outcomeOf, resolutionOf } from './three-way.ts';

const contact = (rule: EditRule): TestObject => ({
  target: 'person',
  tier: 'person',
  policies: { edits: { otherwise: rule, fields: {} } },
  draft: ({ after }) => ({
    fields: { name: personName(after.name), jobTitle: text(after.job) },
  }),
});

interface Case {
  readonly id: string;
  readonly rule: EditRule;
  readonly answer: EditAnswer | null;
  readonly base: string;
  readonly twenty: string;
  readonly source: string;
}

/** Every way in which three values can be alike or not, empty ones among them. */
const TRIPLES = ['aaa', 'aab', 'aba', 'abb', 'abc', '-a-', '-aa', '-ab', 'a-a', 'a--', 'a-b', 'ab-'].map((letters) =>
  [...letters].map((letter) => (letter === '-' ? '' : letter)),
);
const WORDS: readonly { readonly rule: EditRule; readonly answer: EditAnswer | null }[] = [
  ...EDIT_RULES.map((rule) => ({ rule, answer: null })),
  ...EDIT_CHOICES.map((answer) => ({ rule: 'ask' as const, answer })),
];
const CASES: readonly Case[] = WORDS.flatMap(({ rule, answer }) =>
  TRIPLES.map(([base = '', twenty = '', source = '']) => ({
    id: `${answer ?? 'none'}-${base}.${twenty}.${source}`,
    rule,
    answer,
    base,
    twenty,
    source,
  })),
);

let world: SinkWorld;
beforeAll(async () => {
  world = await SinkWorld.open({
    mapping: mappingOf(Object.fromEntries(EDIT_RULES.map((rule) => [rule, contact(rule)]))),
  });
});
afterAll(() => world.close());

const rowsByKey = () =>
  new Map(world.sandbox.dump('person').map((row) => [String(row.sourceKey), row as Record<string, unknown>]));
const keyOf = (one: Case) => `crm/${one.rule}/${one.id}`;

describe('every movement under every rule and answer, through the writer', () => {
  it('ends in Twenty as the table of SPEC.md §12 says, and whatever a person wrote stands there or in the list', async () => {
    const put = (field: 'base' | 'source') =>
      world.take(...CASES.map((one) => world.event(one.rule, one.id, { name: one.id, job: one[field] })));
    await put('base');
    await world.rest();
    for (const one of CASES) {
      if (one.twenty === one.base) continue;
      const id = String(rowsByKey().get(keyOf(one))?.id);
      world.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data: { jobTitle: one.twenty } });
    }
    await world.running.pollEdits();
    await put('source');
    await world.rest();
    const open = await world.state.read((tx) => tx.reviews.list({ status: 'open', queue: 'record', limit: 1000 }));
    const apart = CASES.filter((one) => one.rule === 'ask' && new Set([one.base, one.twenty, one.source]).size === 3);
    expect(open.map(({ recordKey }) => recordKey).sort()).toEqual(apart.map(keyOf).sort());
    await world.state.transaction(async (tx) => {
      for (const { id, recordKey } of open) {
        const { answer = null } = CASES.find((one) => keyOf(one) === recordKey) ?? {};
        if (answer === null) continue;
        await tx.reviews.answer(id, answer, 'Jo', 0);
        await tx.dependencies.release([`review:${id}`]);
      }
    });
    world.running.wake();
    await world.rest();
    const rows = rowsByKey();
    const listed = await world.state.read((tx) => tx.edits.list({ limit: 1000 }));
    for (const one of CASES) {
      const values = { base: one.base, twenty: one.twenty, source: one.source };
      const movement = movementOf('jobTitle', values, (_name, value) => (value === '' ? null : (value as string)));
      const stands = text(rows.get(keyOf(one))?.jobTitle);
      expect([one, stands]).toEqual([one, outcomeOf(resolutionOf(movement, one.rule, one.answer), values)]);
      if (one.twenty === one.base) continue;
      const edit = listed.find(({ targetKey }) => targetKey === keyOf(one));
      expect(edit).toMatchObject({ value: one.twenty, by: 'Eve' });
      if (stands !== one.twenty) expect(edit).toMatchObject({ status: 'overwritten', replacement: one.source });
    }
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
    // At rest: nothing is left to write, and nothing that is kept is written by and by.
    world.sandbox.clearCalls();
    await world.planAgain();
    expect(world.writes()).toEqual([]);
  });
});
