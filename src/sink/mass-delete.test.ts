import { afterEach, describe, expect, it } from 'vitest';
import { company } from '../../test/support/sink/objects.ts';
import { mappingOf, SinkWorld } from '../../test/support/sink-world.ts';
import type { DeleteLimits } from './mass-delete.ts';

let world: SinkWorld;
afterEach(() => world.close());

const IDS = Array.from({ length: 10 }, (_, index) => String(index));

async function open(limits: DeleteLimits | null): Promise<void> {
  world = await SinkWorld.open({
    mapping: mappingOf({ company }),
    more: () => ({ deletesUnasked: () => limits }),
  });
  await world.take(...IDS.map((id) => world.event('company', id, { name: `C ${id}` })));
  await world.rest();
}
const remove = async (...ids: readonly string[]) => {
  await world.take(...ids.map((id) => world.event('company', id, null)));
  await world.rest();
};
const left = () => world.rows('company').length;
const answer = async (choice: string) => {
  const [question] = await world.openQuestions();
  await world.answer(question?.id ?? '', choice);
};

describe('many deletions at once (SPEC.md I25)', () => {
  it('are asked about once for all of them, and nothing goes before', async () => {
    await open({ rows: 2, share: 0.3 });
    await remove('0', '1', '2', '3');
    expect(left()).toBe(10);
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied', 'delete-held SINK_MASS_DELETE']));
    const asked = await world.openQuestions();
    expect(asked.map(({ id, question }) => [id, question])).toEqual([
      [
        'deletes:crm/company/1',
        'The source deleted 4 of 10 records of crm/company. Are their rows in Twenty to be deleted, or kept?',
      ],
    ]);
    // Those that come while it is open wait for the same answer.
    await remove('4');
    expect(left()).toBe(10);
    expect(await world.openQuestions()).toHaveLength(1);
    await answer('delete');
    expect(left()).toBe(5);
    expect(Object.values(await world.classes()).filter((one) => one === 'deleted')).toHaveLength(5);
    // The next wave is another question.
    await remove('5', '6', '7', '8');
    expect(left()).toBe(5);
    expect((await world.openQuestions()).map(({ id }) => id)).toEqual(['deletes:crm/company/2']);
  });

  it('are let go of where the answer is keep', async () => {
    await open({ rows: 2, share: 0.3 });
    await remove('0', '1', '2', '3');
    await answer('keep');
    expect(left()).toBe(10);
    expect(Object.values(await world.classes()).filter((one) => one === 'deleted')).toHaveLength(4);
  });

  it('are no question where they are few, a small share, or the source asks itself', async () => {
    await open({ rows: 2, share: 0.3 });
    await remove('0', '1');
    await remove('2', '3');
    expect(left()).toBe(6);
    await world.close();
    await open({ rows: 0, share: 0.5 });
    await remove('0', '1', '2', '3');
    expect(left()).toBe(6);
    await world.close();
    await open(null);
    await remove(...IDS);
    expect(left()).toBe(0);
  });
});
