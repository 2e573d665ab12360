import { afterEach, describe, expect, it } from 'vitest';
import { linkTo } from '../../test/support/sink/links.ts';
import { contactWithEmail } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';

let world: SinkWorld;
afterEach(() => world.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    after.name === 'Spam' ? { kind: 'excluded', rule: 'spam' } : { fields: { name: text(after.name) } },
};

async function open(objects: Record<string, TestObject>, options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf(objects), ...options });
}

describe('the life of a record', () => {
  it('a key that comes back with another creation time is another row in Twenty', async () => {
    await open({ company });
    await world.put('company', '1', { name: 'First' }, { sourceCreated: 1 });
    await world.rest();
    const [first] = world.rows('company');
    await world.put('company', '1', null);
    await world.put('company', '1', { name: 'Second' }, { sourceCreated: 2 });
    await world.rest();
    const [second, ...others] = world.rows('company');
    expect(others).toEqual([]);
    expect(second).toMatchObject({ name: 'Second', sourceKey: 'crm/company/1#1', sourceKeys: ['crm/company/1'] });
    expect(second?.id).not.toBe(first?.id);
    expect(await world.classes()).toEqual({ 'company/1': 'applied' });
  });

  it('a record that a rule leaves out from now on is taken out of Twenty, and comes back with its row', async () => {
    await open({ company });
    await world.put('company', '1', { name: 'Fine' });
    await world.rest();
    const [first] = world.rows('company');
    await world.put('company', '1', { name: 'Spam' });
    await world.rest();
    expect(world.rows('company')).toEqual([]);
    expect(await world.classes()).toEqual({ 'company/1': 'excluded SINK_EXCLUDED' });
    await world.put('company', '1', { name: 'Fine again' });
    await world.rest();
    expect(world.rows('company').map((row) => [row.id, row.name])).toEqual([[first?.id, 'Fine again']]);
  });

  it('an object that the mapping does not name is left out, and counted', async () => {
    await open({ company });
    await world.put('invoice', '1', { name: 'Bill' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'invoice/1': 'excluded SINK_OBJECT_UNMAPPED' });
  });

  it('keep: what the source deleted stays in Twenty, flagged, and nobody answers for it any more', async () => {
    await open({ company: { ...company, policies: { onDelete: 'keep' } } });
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    world.sandbox.clearCalls();
    await world.put('company', '1', null);
    await world.rest();
    expect(world.writes()).toHaveLength(1);
    expect(world.rows('company')).toMatchObject([{ name: 'Kept', sourceDeletedAt: expect.any(String) }]);
    expect(await world.classes()).toEqual({ 'company/1': 'deleted' });
  });

  it('a write that a newer event has overtaken is never sent (SPEC.md I3)', async () => {
    let overtaken = false;
    await open(
      { company },
      {
        steps: {
          reached: (step) => {
            if (step !== 'before-intent' || overtaken) return;
            overtaken = true;
            void world.put('company', '1', { name: 'Newest' });
          },
        },
      },
    );
    await world.put('company', '1', { name: 'Old' });
    await world.rest();
    await world.rest();
    expect(world.rows('company').map((row) => row.name)).toEqual(['Newest']);
    expect(world.writes()).toHaveLength(1);
  });
});

describe('questions about a record (ALL-10, ALL-12)', () => {
  const asking: TestObject = {
    target: 'company',
    tier: 'company',
    draft: ({ after, answers }) => {
      const id = 'quality/phone';
      const answer = answers?.[id];
      if (after.phone === 'bad' && answer === undefined) {
        return {
          kind: 'question',
          question: {
            id,
            queue: 'quality',
            question: 'Load it all the same?',
            choices: ['load', 'fix', 'exclude'],
            blocking: true,
          },
        };
      }
      if (answer === 'exclude') return { kind: 'excluded', rule: id };
      return { fields: { name: text(after.name) } };
    },
  };

  it('hold it until they are answered, and the answer decides', async () => {
    await open({ company: asking });
    await world.take(
      world.event('company', '1', { name: 'One', phone: 'bad' }),
      world.event('company', '2', { name: 'Two', phone: 'bad' }),
      world.event('company', '3', { name: 'Three', phone: 'good' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({
      'company/1': 'held SINK_QUESTION_OPEN',
      'company/2': 'held SINK_QUESTION_OPEN',
      'company/3': 'applied',
    });
    await world.answer('crm/company/1?quality/phone', 'load');
    await world.answer('crm/company/2?quality/phone', 'exclude');
    expect(await world.classes()).toEqual({
      'company/1': 'applied',
      'company/2': 'excluded SINK_EXCLUDED',
      'company/3': 'applied',
    });
  });
});

describe('a question that no longer applies', () => {
  const asking: TestObject = {
    target: 'company',
    tier: 'company',
    draft: ({ after, answers }) => {
      if (after.name === 'Spam') return { kind: 'excluded', rule: 'spam' };
      const ids = [after.phone, after.fax].flatMap((value, index) => (value === 'bad' ? [`question/${index}`] : []));
      return {
        fields: { name: text(after.name) },
        questions: ids
          .filter((id) => answers?.[id] === undefined || answers?.[id] === 'exclude')
          .map((id) => ({ id, queue: 'record', question: id, choices: ['load', 'exclude'], blocking: true })),
      };
    },
  };
  const bad = { name: 'One', phone: 'bad', fax: 'bad' };
  const questions = () =>
    world.state.read(async (tx) =>
      (await tx.reviews.list({ limit: 10 })).map(({ id, status }) => `${id.split('?')[1]} ${status}`),
    );

  it.each([
    ['its event changed', { ...bad, phone: 'good' }, ['question/0 withdrawn', 'question/1 open']],
    ['the record is left out by a rule', { ...bad, name: 'Spam' }, ['question/0 withdrawn', 'question/1 withdrawn']],
    ['the source deleted the record', null, ['question/0 withdrawn', 'question/1 withdrawn']],
  ] as const)('is withdrawn when %s, and open again when it applies again', async (_when, after, left) => {
    await open({ company: asking });
    await world.put('company', '1', bad);
    await world.rest();
    expect(await questions()).toEqual(['question/0 open', 'question/1 open']);
    await world.put('company', '1', after);
    await world.rest();
    expect(await questions()).toEqual(left);
    await world.put('company', '1', bad);
    await world.rest();
    expect(await questions()).toEqual(['question/0 open', 'question/1 open']);
  });

  it('is withdrawn when the answer to another one leaves the record out', async () => {
    await open({ company: asking });
    await world.put('company', '1', bad);
    await world.rest();
    await world.answer('crm/company/1?question/0', 'exclude');
    expect(await world.classes()).toEqual({ 'company/1': 'excluded SINK_EXCLUDED' });
    expect(await questions()).toEqual(['question/0 answered', 'question/1 withdrawn']);
  });
});

describe('rows that several records share (SCO-11)', () => {
  const tagged: TestObject = {
    target: 'note',
    tier: 'activity',
    draft: ({ after }) => ({
      fields: { title: text(after.title) },
      children: [
        {
          name: 'topic',
          target: 'company',
          fields: { name: text(after.topic) },
          parentColumn: null,
          sharedKey: `${SOURCE}/topic/${text(after.topic)}`,
          links: [],
        },
        {
          name: 'assignment',
          target: 'noteTarget',
          fields: {},
          parentColumn: 'noteId',
          sharedKey: null,
          links: [linkTo('topic', 'targetCompanyId', after.topic, { kind: 'skip' })],
        },
      ],
    }),
  };

  it('are written once, first, and pointed at by all', async () => {
    await open({ note: tagged });
    await world.take(
      world.event('note', '1', { title: 'One', topic: 'vip' }),
      world.event('note', '2', { title: 'Two', topic: 'vip' }),
      world.event('note', '3', { title: 'Three', topic: 'late' }),
    );
    await world.rest();
    const topics = new Map(world.rows('company').map((row) => [row.id, row.name]));
    expect([...topics.values()].sort()).toEqual(['late', 'vip']);
    const notes = new Map(world.rows('note').map((row) => [row.id, row.title]));
    const assigned = world
      .rows('noteTarget')
      .map((row) => `${String(notes.get(row.noteId))} ${String(topics.get(row.targetCompanyId))}`);
    expect(assigned.sort()).toEqual(['One vip', 'Three late', 'Two vip']);
  });
});

describe('while more is coming', () => {
  it('a record that others may share a row with waits, so that its id does not depend on who came first', async () => {
    let coming = true;
    const contact = contactWithEmail({ duplicate: 'merge' });
    await open({ contact }, { moreComing: (_source, _object, why) => coming && why === 'merge' });
    const resting = world
      .put('contact', 'b', { name: 'B', email: 'x@example.com' }, { sourceCreated: 2 })
      .then(() => world.rest());
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com' }, { sourceCreated: 1 });
    coming = false;
    await resting;
    const target = (await world.state.read((tx) => tx.targets.ofRecords(['crm/contact/b']))).get('crm/contact/b');
    expect(target?.targetKey).toBe('crm/contact/a');
    expect(world.rows('person').map((row) => row.id)).toEqual([target?.id]);
  });
});
