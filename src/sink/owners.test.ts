import { afterEach, describe, expect, it } from 'vitest';
import { linkTo } from '../../test/support/sink/links.ts';
import { personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import type { OwnerDecision } from '../state/state.ts';
import { decideOwner, OwnerBook, ownersWithImpact, pollMembers } from './owners.ts';

let world: SinkWorld;
afterEach(() => world.close());

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
    fields: { name: personName(after.name) },
    links: [linkTo('company', 'companyId', after.company, { kind: 'hold', reason: 'no company' })],
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
  await world.decide((tx) => decideOwner(tx, SOURCE, 'bob@example.com', decision, 0));
}

/** Every owner as it is listed: what was decided, and how many records wait. */
const waiting = async () =>
  (await world.state.read((tx) => ownersWithImpact(tx, null))).map((owner) => [
    owner.reference,
    owner.decision.kind,
    owner.waiting,
  ]);

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
    expect(await waiting()).toEqual([
      ['bob@example.com', 'unresolved', 2],
      ['ADA@example.COM', 'member', 0],
    ]);
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
    expect(await waiting()).toEqual([['bob@example.com', 'waived', 1]]);
    await decide({ kind: 'without', by: 'eve', until: 'member' });
    expect(owners()).toEqual({ Two: null });
    expect(await waiting()).toEqual([['bob@example.com', 'without', 0]]);
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

  it('decided without: filled in by itself once the member is there, and left out again where the member left', async () => {
    await open();
    await world.put('company', '2', { name: 'Two', owner: 'bob@example.com' });
    await world.rest();
    const without = { kind: 'without', by: 'eve', until: 'member' } as const;
    await decide(without);
    world.sandbox.addMembers([{ firstName: 'Bob', lastName: 'B', email: 'bob@example.com' }]);
    expect(await world.running.pollMembers()).toBe(1);
    await world.rest();
    const bob = memberId('bob@example.com') ?? '';
    expect(owners()).toEqual({ Two: bob });
    const [row] = await world.state.read((tx) => tx.owners.all(SOURCE));
    expect(row?.decision).toEqual({ kind: 'member', memberId: bob, before: without });
    // The next poll has nothing to say about it.
    expect(await world.running.pollMembers()).toBe(0);
    const nobody = { twenty: { members: async () => [] }, state: world.state, book: new OwnerBook() };
    await pollMembers(nobody, { lane: 'live', now: 1 });
    expect(await waiting()).toEqual([['bob@example.com', 'without', 0]]);
  });

  it('decided without though a member: stays without', async () => {
    await open();
    await world.put('company', '1', { name: 'One', owner: 'ada@example.com' });
    await world.rest();
    await world.state.transaction((tx) =>
      decideOwner(tx, SOURCE, 'ada@example.com', { kind: 'without', by: 'eve', until: 'decided' }, 0),
    );
    world.running.wake();
    await world.rest();
    expect(await world.running.pollMembers()).toBe(0);
    await world.rest();
    expect(owners()).toEqual({ One: null });
  });
});
