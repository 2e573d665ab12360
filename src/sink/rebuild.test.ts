import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { mappingOf, type TestObject } from '../../test/support/sink-world.ts';
import { rebuildState } from './rebuild.ts';

let log: LogWorld;
afterEach(() => log.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', onDelete: 'soft-delete' },
  draft: ({ after }) => ({
    fields: {
      name: { firstName: text(after.name), lastName: '' },
      emails: { primaryEmail: text(after.email), additionalEmails: [] },
    },
  }),
};

async function rebuild(): Promise<void> {
  await log.intake.stop();
  await log.world.loseState();
  await log.reopen();
  const { world, logger } = log;
  await rebuildState({
    state: world.state,
    events: log.log,
    twenty: world.client,
    clock: world.clock,
    logger,
    mappings: [world.mapping],
    lane: 'load',
  });
  await log.startIntake();
  await world.rest();
}

const put = (id: string, after: { readonly name: string; readonly email: string } | null) =>
  log.put(log.world.event('contact', id, after));

describe('a state that is rebuilt', () => {
  it('still knows which rows were there before us: what the source deletes later is let go of, never removed', async () => {
    log = await LogWorld.open({ mapping: mappingOf({ contact }) }, { contact: ['name', 'email'] });
    await log.startIntake();
    const { world } = log;
    const [id] = world.sandbox.seed('person', [
      {
        name: { firstName: 'Stranger', lastName: '' },
        emails: { primaryEmail: 'x@firm.example', additionalEmails: [] },
      },
    ]);
    await put('1', { name: 'Ada', email: 'x@firm.example' });
    await put('2', { name: 'Bob', email: 'b@firm.example' });
    await world.rest();
    expect(world.rows('person').map((row) => row.id)).toContain(id);
    await rebuild();
    await put('1', null);
    await put('2', null);
    await log.intake.caughtUp();
    await world.rest();
    expect(world.rows('person').map((row) => row.id)).toEqual([id]);
  });
});
