import { afterEach, describe, expect, it } from 'vitest';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import type { OwnerDecision } from '../state/state.ts';
import { decideOwner, ownerImpact } from './owners.ts';

let world: SinkWorld;
afterEach(() => world.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company = (missing: 'hold' | 'leave'): TestObject => ({
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    owners: text(after.owner) === '' ? [] : [{ column: 'accountOwnerId', reference: text(after.owner), missing }],
  }),
});

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({
    fields: { name: { firstName: text(after.name), lastName: '' } },
    links: [
      {
        name: 'company',
        attempts: [{ column: 'companyId', label: 'by id', by: 'id', object: 'company', id: text(after.company) }],
        otherwise: { kind: 'hold', reason: 'no company' },
      },
    ],
  }),
};

const ADA = { firstName: 'Ada', lastName: 'L', email: 'Ada@Example.com' };

async function open(missing: 'hold' | 'leave' = 'hold'): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company: company(missing), contact }), members: [ADA] });
}

const owners = () => Object.fromEntries(world.rows('company').map((row) => [row.name, row.accountOwnerId]));
const memberId = (email: string) =>
  world.sandbox.dump('workspaceMember').find((row) => row.userEmail === email)?.id as string | undefined;

async function decide(decision: OwnerDecision): Promise<void> {
  await world.state.transaction((tx) => decideOwner(tx, SOURCE, 'bob@example.com', decision, 0));
  world.running.wake();
  await world.rest();
}

describe('owners (ALL-2, LIFE-5)', () => {
  it('are found by e-mail whatever its case; an unknown one holds its records and those behind them', async () => {
    await open();
    await world.take(
      world.event('company', '1', { name: 'One', owner: 'ADA@example.COM' }),
      world.event('company', '2', { name: 'Two', owner: 'bob@example.com' }),
      world.event('contact', '1', { name: 'Cy', company: '2' }),
    );
    await world.rest();
    expect(owners()).toEqual({ One: memberId('Ada@Example.com') ?? memberId('ada@example.com') });
    expect(await world.classes()).toEqual({
      'company/1': 'applied',
      'company/2': 'held SINK_OWNER_UNRESOLVED',
      'contact/1': 'held SINK_PARENT_UNDECIDED',
    });
    expect(await world.state.read((tx) => ownerImpact(tx, SOURCE, 'bob@example.com'))).toBe(2);
    const [item] = await world.state.read((tx) => tx.reviews.list({ queue: 'owner', limit: 10 }));
    expect(item).toMatchObject({ id: 'owner/crm/bob@example.com', status: 'open' });
  });

  it('go on by themselves once the member is there', async () => {
    await open();
    await world.put('company', '2', { name: 'Two', owner: 'bob@example.com' });
    await world.rest();
    world.sandbox.addMembers([{ firstName: 'Bob', lastName: 'B', email: 'bob@example.com' }]);
    expect(await world.running.pollMembers()).toBe(1);
    await world.rest();
    expect(owners()).toEqual({ Two: memberId('bob@example.com') });
  });

  it('a substitute releases them; a waiver keeps them held; without writes them without', async () => {
    await open();
    await world.put('company', '2', { name: 'Two', owner: 'bob@example.com' });
    await world.rest();
    await decide({ kind: 'waived', by: 'eve', records: 1 });
    expect(await world.classes()).toEqual({ 'company/2': 'held SINK_OWNER_WAIVED' });
    await decide({ kind: 'without', by: 'eve' });
    expect(owners()).toEqual({ Two: null });
    const ada = world.sandbox.dump('workspaceMember')[0]?.id as string;
    await decide({ kind: 'substitute', by: 'eve', email: 'ada@example.com', memberId: ada });
    expect(owners()).toEqual({ Two: ada });
    expect(await world.classes()).toEqual({ 'company/2': 'applied' });
  });

  it('leave: written without, and filled in later', async () => {
    await open('leave');
    await world.put('company', '2', { name: 'Two', owner: 'bob@example.com' });
    await world.rest();
    expect(owners()).toEqual({ Two: null });
    world.sandbox.addMembers([{ firstName: 'Bob', lastName: 'B', email: 'bob@example.com' }]);
    await world.running.pollMembers();
    await world.rest();
    expect(owners()).toEqual({ Two: memberId('bob@example.com') });
  });
});
