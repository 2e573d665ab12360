import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { refuse } from '../../test/support/refusing.ts';
import { company } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, SOURCE } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import type { Step } from '../core/ports.ts';
import type { OutboxRow } from '../state/state.ts';

let log: LogWorld;
afterEach(() => log.close());

/** Where the process is to die; null: nowhere. */
let deadly: Step | null = null;

class Died extends Error {}

async function open(): Promise<void> {
  deadly = null;
  log = await LogWorld.open(
    {
      mapping: mappingOf({ company }),
      // The lease of one that died is waited for by this clock, and that of one that lives is not lost on a busy machine.
      clock: new SimulatedClock(),
      writer: { firstRetryMs: 30, attempts: 3 },
      steps: {
        reached: (step) => {
          if (step !== deadly) return;
          deadly = null;
          throw new Died(step);
        },
      },
    },
    { company: ['name'] },
  );
  await log.startIntake();
}

const outbox = (): Promise<readonly OutboxRow[]> => log.world.state.read((tx) => tx.outbox.first(100));

describe('what is told of refused records (SPEC.md I15)', () => {
  it('is in the topic with the event itself, its place in the log, and Twenty’s words', async () => {
    await open();
    refuse(log.world.client, (_object, { name }) => (name === 'Bad' ? 'bad-value' : null));
    const bad = log.world.event('company', '2', { name: 'Bad' });
    await log.put(log.world.event('company', '1', { name: 'Fine' }), bad);
    await log.world.rest();
    const [notice, ...others] = await log.notices('dead');
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      key: 'crm/company/2',
      outcome: 'DEAD',
      order: bad.order,
      origin: { topic: 'changeover.crm.company', partition: 0, offset: 1 },
      attempt: 1,
      code: 'SINK_TWENTY_REFUSED',
      dueAt: null,
      by: null,
    });
    expect(notice?.message).toContain('something is wrong');
    const bytes = {
      topic: '',
      partition: 0,
      offset: 0,
      key: '',
      timestamp: 0,
      headers: {},
      value: notice?.event ?? Buffer.of(),
    };
    expect(await log.log.decode([bytes])).toMatchObject([{ ok: true, event: bad }]);
    expect(await outbox()).toEqual([]);
  });

  it.each(['parked', 'before-publish', 'after-publish'] as const)(
    'is told once, although the process dies at the step %s',
    async (step) => {
      await open();
      refuse(log.world.client, (_object, { name }) => (name === 'Bad' ? 'bad-value' : null));
      await log.put(log.world.event('company', '1', { name: 'Bad' }));
      // Else intake would read the notice back at once, and note for the publisher that it is there.
      await log.intake.stop();
      deadly = step;
      await expect(log.world.rest()).rejects.toThrow(step);
      await log.world.stopWriter();
      expect(await outbox()).toHaveLength(1);
      expect(await log.notices('dead')).toHaveLength(step === 'after-publish' ? 1 : 0);
      await log.reopen();
      await log.startIntake();
      await log.world.rest();
      expect((await log.notices('dead')).map(({ key, outcome }) => [key, outcome])).toEqual([
        ['crm/company/1', 'DEAD'],
      ]);
      expect(await outbox()).toEqual([]);
      expect(await log.world.classes()).toEqual({ 'company/1': 'dead-lettered SINK_TWENTY_REFUSED' });
    },
  );

  it('is told once, although the log took it and did not say so', async () => {
    await open();
    refuse(log.world.client, (_object, { name }) => (name === 'Bad' ? 'bad-value' : null));
    const { notices } = log.log;
    const append = notices.append.bind(notices);
    let lost = 0;
    notices.append = async (...given) => {
      const positions = await append(...given);
      lost += 1;
      if (lost === 1) throw new Error('the answer is lost');
      return positions;
    };
    await log.put(log.world.event('company', '1', { name: 'Bad' }));
    await log.world.rest().catch(() => undefined);
    await log.world.stopWriter();
    await log.world.rest();
    expect(await log.notices('dead')).toHaveLength(1);
    expect(await outbox()).toEqual([]);
  });

  it('is told once, whoever else writes to the topic', async () => {
    await open();
    refuse(log.world.client, (_object, { name }) => (text(name).startsWith('Bad') ? 'bad-value' : null));
    const topic = await log.log.notices.declare(SOURCE, 'dead');
    await log.bus.append(topic, [{ key: 'x', value: Uint8Array.of(1, 2), timestamp: 1, headers: {} }]);
    await log.put(log.world.event('company', '1', { name: 'Bad' }));
    await log.world.rest();
    await log.bus.append(topic, [{ key: 'x', value: Uint8Array.of(1, 2), timestamp: 1, headers: {} }]);
    await log.put(log.world.event('company', '2', { name: 'Bad too' }));
    await log.world.rest();
    await log.intake.caughtUp();
    const keys = (await log.notices('dead')).filter(({ code }) => code === 'SINK_TWENTY_REFUSED').map(({ key }) => key);
    expect(keys).toEqual(['crm/company/1', 'crm/company/2']);
    expect(log.intake.foreign()).toBe(2);
    expect(log.intake.stopped()).toBe(null);
  });
});
