import { afterEach, describe, expect, it } from 'vitest';
import { company } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type WorldOptions } from '../../test/support/sink-world.ts';
import type { CompiledMapping } from '../mapping/model.ts';

let world: SinkWorld;
afterEach(() => world.close());

const first = mappingOf({ company });
const second = mappingOf(
  { company: { ...company, draft: ({ after }) => ({ fields: { name: text(after.name).toUpperCase() } }) } },
  { hash: 'two' },
);

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: first, ...options });
}

/** What `changeover map confirm` does in another process: this one has still to load it. */
async function confirmElsewhere({ source, hash }: CompiledMapping): Promise<void> {
  await world.state.transaction(async (tx) => {
    await tx.mappings.confirm({ source, hash, text: '', confirmedBy: 'test', confirmedAt: 0 });
    await tx.records.touchAll(SOURCE, null);
  });
}

async function load(mapping: CompiledMapping): Promise<void> {
  world.mapping = mapping;
  world.running.wake();
  await world.rest();
}

const names = () => world.rows('company').map(({ name }) => name);

describe('a mapping that is confirmed in another process while the writer is at work (SPEC.md I8)', () => {
  it('is what the record of a call under way is planned with, once it is loaded', async () => {
    await open();
    const { client } = world;
    const create = client.create.bind(client);
    const called = Promise.withResolvers<void>();
    const confirmed = Promise.withResolvers<void>();
    client.create = async (...given) => {
      const outcome = await create(...given);
      called.resolve();
      await confirmed.promise;
      return outcome;
    };
    await world.put('company', '1', { name: 'One' });
    const rest = world.rest();
    await called.promise;
    await confirmElsewhere(second);
    confirmed.resolve();
    await rest;
    await expect.poll(() => world.running.status()).toMatchObject({ state: 'unconfirmed', inFlight: 0 });
    await load(second);
    expect(names()).toEqual(['ONE']);
    expect(await world.classes()).toEqual({ 'company/1': 'applied' });
  });

  it('keeps what was planned under the one before from being sent', async () => {
    let coming = true;
    await open({ moreComing: (_source, _object, why) => coming && why === 'batch', writer: { latencyMs: 60_000 } });
    await world.put('company', '1', { name: 'One' });
    const rest = world.rest();
    // More is said to come, so the half-empty batch waits in the queue.
    await expect.poll(() => world.running.status().queued).toBe(1);
    await confirmElsewhere(second);
    world.mapping = second;
    coming = false;
    world.running.wake();
    await rest;
    expect(world.writes()).toEqual(['createMany company 1 201']);
    expect(names()).toEqual(['ONE']);
  });
});
