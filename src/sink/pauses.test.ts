import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { companies, company } from '../../test/support/sink/objects.ts';
import { oneEmail } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { ChangeoverError } from '../core/errors.ts';

let world: SinkWorld;
afterEach(() => world.close());

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({ fields: { emails: oneEmail(after.email) } }),
};

async function open(): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company, contact }), batchSize: 8, writer: { parallel: 1 } });
}

describe('a pause by an operator', () => {
  it('lets no call start, those that look for a guilty row included', async () => {
    await open();
    let calls = 0;
    const refusing = refuse(world.client, (_object, { name }) => {
      calls += 1;
      world.running.pause();
      return name === 'Company 0' ? 'other' : null;
    });
    await world.take(...companies(world, 8));
    const rest = world.rest();
    await expect.poll(() => world.running.status()).toMatchObject({ state: 'paused', inFlight: 0 });
    expect(calls).toBe(8);
    expect(refusing.calls()).toBe(1);
    refusing.stop();
    world.running.resume();
    await rest;
    expect(world.rows('company')).toHaveLength(8);
  });
});

describe('stopping the writer', () => {
  it('starts no call that looks for a guilty row any more', async () => {
    await open();
    const called = Promise.withResolvers<void>();
    const refusing = refuse(world.client, () => {
      called.resolve();
      return 'other';
    });
    await world.take(...companies(world, 8));
    const rest = world.rest().catch(() => undefined);
    await called.promise;
    await world.stopWriter();
    await rest;
    expect(refusing.calls()).toBe(1);
    expect(await world.balances()).toMatchObject([{ live: 8, onTheWay: 8 }]);
  });

  it('breaks off what is being read, which the next one reads again', async () => {
    await open();
    await world.put('contact', '1', { email: 'ada@example.com' });
    const { client } = world;
    const begun = Promise.withResolvers<void>();
    const scan = client.scan;
    client.scan = async function* ({ signal }) {
      begun.resolve();
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal?.throwIfAborted();
        yield [];
      }
    };
    const rest = world.rest().catch(() => undefined);
    await begun.promise;
    await world.stopWriter();
    await rest;
    expect(world.writes()).toEqual([]);
    client.scan = scan;
    await world.rest();
    expect(world.rows('person')).toHaveLength(1);
  });
});

describe('while Twenty is out of reach', () => {
  it('the writer says what it waits for', async () => {
    await open();
    const { client } = world;
    client.create = async () => ({ kind: 'outage', message: 'gone', retryAfterMs: 60_000 });
    await world.take(...companies(world, 8));
    const rest = world.rest().catch(() => undefined);
    await expect.poll(() => world.running.status()).toMatchObject({ state: 'paused', inFlight: 0 });
    expect(world.running.status()).toMatchObject({ reason: 'Twenty: outage', waiting: 'Twenty: outage' });
    await world.stopWriter();
    await rest;
  });

  it('a poll that was asked for is made once it is back', async () => {
    await open();
    await world.rest();
    const { client } = world;
    const members = client.members.bind(client);
    let asked = 0;
    client.members = async (...given) => {
      asked += 1;
      if (asked === 1) throw new ChangeoverError('TWENTY_UNREACHABLE', 'gone', { retryAfterMs: 1 });
      return members(...given);
    };
    world.running.pollSoon();
    await expect.poll(() => asked, { timeout: 5_000 }).toBe(2);
    await world.rest();
  });
});
