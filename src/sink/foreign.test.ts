import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { company } from '../../test/support/sink/objects.ts';
import { mappingOf, SOURCE } from '../../test/support/sink-world.ts';
import { closeBreaker } from './breaker-gate.ts';
import { discardForeign } from './decisions.ts';
import { parsePlace, placeOf, takeForeign } from './foreign.ts';
import { INTAKE_GROUP } from './names.ts';

let log: LogWorld;

const TOPIC = 'changeover.crm.company';

async function open(): Promise<void> {
  log = await LogWorld.open(
    { mapping: mappingOf({ company }), writer: { breaker: { window: 10, limit: 4 } } },
    { company: ['name'] },
  );
  await log.startIntake();
}

const append = (key: string, ...bytes: number[]) =>
  log.bus.append(TOPIC, [{ key, value: Uint8Array.from(bytes), timestamp: 1, headers: {} }]);
const found = () => log.world.state.read((tx) => tx.foreignMessages.list({ limit: 100 }));
const said = { by: 'Jo', reason: 'a stray', now: 1, run: 'test' };

/** The schema of the object's events is not to be had for a while: its events are of an unknown schema then. */
function forgetSchemas(): { remember(): void } {
  const { schemas } = log.bus;
  const schema = schemas.schema.bind(schemas);
  schemas.schema = async () => null;
  return {
    remember: () => {
      schemas.schema = schema;
    },
  };
}

describe('messages that are no events of ours (SPEC.md I18)', () => {
  afterEach(() => log.close());

  it('are kept with their place, reason and bytes, told of, and stop nobody', async () => {
    await open();
    await append('their key', 1, 2, 3);
    await append('', 0, 0, 0, 0, 99, 7);
    await log.put(log.world.event('company', '1', { name: 'Acme' }));
    const [id] = [
      (
        await log.bus.append(TOPIC, [{ key: 'k', value: Uint8Array.of(0, 0, 0, 0, 1, 255), timestamp: 1, headers: {} }])
      )[0]?.offset,
    ];
    await log.intake.caughtUp();
    await log.world.rest();
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied' });
    expect((await found()).map(({ offset, key, code, bytes, size }) => [offset, key, code, bytes, size])).toEqual([
      [0, 'their key', 'EVENT_NOT_OURS', 'AQID', 3],
      [1, '', 'EVENT_SCHEMA_UNKNOWN', 'AAAAAGMH', 6],
      [id, 'k', 'EVENT_DAMAGED', 'AAAAAAH/', 6],
    ]);
    const notices = await log.notices('dead');
    expect(notices.map(({ key, outcome, code, origin }) => [key, outcome, code, placeOf(origin)])).toEqual([
      ['their key', 'DEAD', 'EVENT_NOT_OURS', `${TOPIC}/0/0`],
      ['', 'DEAD', 'EVENT_SCHEMA_UNKNOWN', `${TOPIC}/0/1`],
      ['k', 'DEAD', 'EVENT_DAMAGED', `${TOPIC}/0/${id}`],
    ]);
    expect(notices[0]?.event).toEqual(Buffer.of(1, 2, 3));
    expect(log.intake.stopped()).toBe(null);
  });

  it('are found again by a state that was restored from an older backup', async () => {
    await open();
    await log.world.backup();
    await append('k', 1);
    await log.intake.caughtUp();
    await log.world.rest();
    await log.intake.stop();
    await log.world.restore();
    expect(await found()).toEqual([]);
    await log.reopen();
    await log.startIntake();
    expect((await found()).map((message) => placeOf(message))).toEqual([`${TOPIC}/0/0`]);
  });

  it('are set aside again by a state that is rebuilt, and not told of again', async () => {
    await open();
    await append('k', 1);
    await log.put(log.world.event('company', '1', { name: 'Acme' }));
    await log.world.rest();
    const told = (await log.notices('dead')).length;
    await log.rebuild();
    await log.startIntake();
    await log.world.rest();
    expect((await found()).map((message) => placeOf(message))).toEqual([`${TOPIC}/0/0`]);
    expect(await log.notices('dead')).toHaveLength(told);
  });

  it('are taken in later when they are understood, without going before what is newer', async () => {
    await open();
    const first = log.world.event('company', '1', { name: 'Old' });
    await log.intake.stop();
    await log.log.append(SOURCE, 'company', [first, log.world.event('company', '2', { name: 'Two' })]);
    // Intake meets them while the schema cannot be found.
    const again = forgetSchemas();
    await log.reopen();
    await log.startIntake();
    expect((await found()).map(({ code }) => code)).toEqual(['EVENT_SCHEMA_UNKNOWN', 'EVENT_SCHEMA_UNKNOWN']);
    again.remember();
    await log.reopen();
    await log.startIntake();
    await log.put(log.world.event('company', '1', null));
    await log.put(log.world.event('company', '2', { name: 'Zwei' }));
    const deps = { state: log.world.state, events: log.log };
    expect(await takeForeign(deps, { topic: TOPIC, partition: 0, offset: 0 }, 1)).toBe('crm/company/1');
    expect(await takeForeign(deps, { topic: TOPIC, partition: 0, offset: 1 }, 1)).toBe('crm/company/2');
    await log.world.rest();
    // The deletion came when the state did not know the record, and was nothing then.
    expect(await log.world.classes()).toEqual({ 'company/1': 'deleted', 'company/2': 'applied' });
    expect(log.world.rows('company').map((row) => row.name)).toEqual(['Zwei']);
    expect(await found()).toEqual([]);
  });

  it('stay where they are while nobody understands them, and are put aside for good by a person', async () => {
    await open();
    await append('k', 1, 2);
    await log.intake.caughtUp();
    const place = { topic: TOPIC, partition: 0, offset: 0 };
    const deps = { state: log.world.state, events: log.log };
    await expect(takeForeign(deps, place, 1)).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_OURS' });
    expect(await found()).toHaveLength(1);
    await log.world.state.transaction((tx) => discardForeign(tx, place, said));
    expect(await found()).toEqual([]);
    expect(await log.world.state.read((tx) => tx.audit.newest(1))).toMatchObject([
      { by: 'Jo', action: 'dead-letters-discard', reason: 'a stray', detail: { message: `${TOPIC}/0/0` } },
    ]);
    await expect(log.world.state.transaction((tx) => discardForeign(tx, place, said))).rejects.toMatchObject({
      code: 'DEAD_LETTER_UNKNOWN',
    });
  });

  it('stop their object when there are too many, keep their places, and go on when a person says so', async () => {
    await open();
    for (let count = 0; count < 10; count += 1) await append('k', count + 1);
    await log.put(log.world.event('company', '1', { name: 'Acme' })).catch(() => undefined);
    expect(log.intake.stopped()).toMatchObject({ code: 'SINK_BREAKER_OPEN' });
    expect((await found()).length).toBeLessThanOrEqual(6);
    await expect(log.intake.caughtUp()).rejects.toMatchObject({ code: 'SINK_BREAKER_OPEN' });
    // Another process finds it stopped too.
    await log.reopen();
    await log.startIntake().catch(() => undefined);
    expect(log.intake.stopped()).toMatchObject({ code: 'SINK_BREAKER_OPEN' });
    // Each time that it goes on it meets the next ones, and is stopped again.
    const position = async () => {
      await log.world.state.transaction((tx) => closeBreaker(tx, SOURCE, 'company', 'Jo', 1));
      return log.world.state.read((tx) => tx.positions.get(INTAKE_GROUP, TOPIC, 0));
    };
    await expect.poll(position).toBe(11);
    expect(await log.world.classes()).toEqual({ 'company/1': 'on-the-way' });
    expect(await found()).toHaveLength(10);
  });
});

describe('the name of a place', () => {
  it('is read back as it was written, and no record’s key is one', () => {
    const place = { topic: TOPIC, partition: 3, offset: 12 };
    expect(parsePlace(placeOf(place))).toEqual(place);
    expect(parsePlace('crm/contact/1')).toBe(null);
    expect(parsePlace('crm/3/1')).toBe(null);
  });
});
