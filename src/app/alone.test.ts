import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scratchFolder } from '../../test/support/scratch.ts';
import { EmbeddedBus } from '../bus/embedded/embedded-bus.ts';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { seededRandom } from '../core/random.ts';
import type { EventField } from '../events/event.ts';
import { type Alone, EventLog, type Turn } from '../events/log.ts';
import { memoryNameTable } from '../events/names.ts';
import { memorySchemaTable, type SchemaTable } from '../events/schema-table.ts';
import { openSqliteState } from '../state/sqlite/store.ts';
import { type AloneParts, oneAfterTheOther, unlessElsewhere } from './alone.ts';

/** Longer than any lease of these. */
const LONG_MS = 3_600_000;

/** Processes on one state; one whose clock is not moved stands still. */
async function deployment() {
  const folder = scratchFolder('changeover-alone-');
  const state = await openSqliteState({ file: join(folder, 'state.db'), clock: new SimulatedClock() });
  onTestFinished(async () => {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const process = (holder: string) => {
    const clock = new SimulatedClock({ automatic: false });
    const parts: AloneParts = { state, holder, clock, random: seededRandom(1), logger: silentLogger() };
    return { clock, parts };
  };
  return { folder, state, process };
}

/** Work that goes on until it is let go, and tells how often it began. */
function slowWork() {
  const { promise: allowed, resolve: letGo } = Promise.withResolvers<void>();
  const turns: Turn[] = [];
  const work = async (turn: Turn) => {
    turns.push(turn);
    await allowed;
    await turn.confirm();
    return turns.length;
  };
  return { work, turns, letGo };
}

describe('what one process must do', () => {
  it('is left to the process that is at it, however long that takes', async () => {
    const { process, state } = await deployment();
    const [busy, other] = [process('busy'), process('other')];
    const { work, turns, letGo } = slowWork();
    const working = unlessElsewhere(busy.parts, 'reconcile', work);
    await expect.poll(() => turns).toHaveLength(1);
    for (let passed = 0; passed < LONG_MS; passed += 10_000) {
      await Promise.all([busy.clock.advance(10_000), other.clock.advance(10_000)]);
      await expect
        .poll(async () => (await state.read((tx) => tx.leases.all())).map(({ expiresAt }) => expiresAt))
        .toEqual([busy.clock.now() + 30_000]);
      expect(await unlessElsewhere(other.parts, 'reconcile', work)).toBe('elsewhere');
    }
    letGo();
    expect(await working).toBe('done');
    expect(turns).toHaveLength(1);
    expect(await unlessElsewhere(other.parts, 'reconcile', work)).toBe('done');
  });

  it('is ended in a process that stood still until another one began', async () => {
    const { process } = await deployment();
    const [frozen, other] = [process('frozen'), process('other')];
    const { work, turns, letGo } = slowWork();
    const working = unlessElsewhere(frozen.parts, 'reconcile', work);
    await expect.poll(() => turns).toHaveLength(1);
    await other.clock.advance(30_000);
    const next = slowWork();
    const taken = unlessElsewhere(other.parts, 'reconcile', next.work);
    await expect.poll(() => next.turns).toHaveLength(1);
    await frozen.clock.advance(30_000);
    await expect.poll(() => turns[0]?.lost.reason).toMatchObject({ code: 'STATE_LEASE_LOST' });
    letGo();
    expect(await working).toBe('elsewhere');
    next.letGo();
    expect(await taken).toBe('done');
  });

  it('fails as its work fails, and is free again', async () => {
    const { process, state } = await deployment();
    const { parts } = process('one');
    const failing = async () => Promise.reject(new Error('the workspace is gone'));
    await expect(unlessElsewhere(parts, 'reconcile', failing)).rejects.toThrow('the workspace is gone');
    expect(await state.read((tx) => tx.leases.all())).toEqual([]);
  });
});

describe('what one process does after the other', () => {
  it('waits for the other process, however long that takes', async () => {
    const { process } = await deployment();
    const [busy, other] = [process('busy'), process('other')];
    const first = slowWork();
    const working = oneAfterTheOther(busy.parts, 'declare')(first.work);
    await expect.poll(() => first.turns).toHaveLength(1);
    const second = slowWork();
    const waiting = oneAfterTheOther(other.parts, 'declare')(second.work);
    for (let passed = 0; passed < 300_000; passed += 5_000) {
      await Promise.all([busy.clock.advance(5_000), other.clock.advance(5_000)]);
    }
    expect(second.turns).toEqual([]);
    first.letGo();
    second.letGo();
    expect(await working).toBe(1);
    await expect
      .poll(async () => {
        await other.clock.advance(1_000);
        return second.turns;
      })
      .toHaveLength(1);
    expect(await waiting).toBe(1);
  });

  it('waits for what is under way in the same process, whose holder would get the lease at any time', async () => {
    const { process } = await deployment();
    const alone = oneAfterTheOther(process('one').parts, 'declare');
    const [first, second] = [slowWork(), slowWork()];
    const working = alone(first.work);
    const waiting = alone(second.work);
    second.letGo();
    await expect.poll(() => first.turns).toHaveLength(1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(second.turns).toEqual([]);
    first.letGo();
    expect(await Promise.all([working, waiting])).toEqual([1, 1]);
  });

  it('goes on with the next one though one failed', async () => {
    const { process } = await deployment();
    const alone = oneAfterTheOther(process('one').parts, 'declare');
    const failing = alone(async () => Promise.reject(new Error('the registry refuses it')));
    const next = alone(async () => 'done');
    await expect(failing).rejects.toThrow('the registry refuses it');
    expect(await next).toBe('done');
  });
});

describe('a process that stood still while it was extending a schema', () => {
  const text = (name: string): EventField => ({ name, type: { kind: 'string' } });

  it('stores nothing from what it had read before, and extends what another one has stored since', async () => {
    const { folder, process } = await deployment();
    const [frozen, other] = [process('frozen'), process('other')];
    const bus = new EmbeddedBus({ file: join(folder, 'log.db'), clock: new SimulatedClock(), logger: silentLogger() });
    onTestFinished(() => bus.close());
    const schemas = memorySchemaTable();
    const names = memoryNameTable();
    const log = (table: SchemaTable, alone: Alone) => new EventLog({ bus, schemas: table, names, alone });
    const { promise: continued, resolve: thaw } = Promise.withResolvers<void>();
    let reads = 0;
    const slow: SchemaTable = {
      ...schemas,
      latest: async (subject) => {
        const found = await schemas.latest(subject);
        reads += 1;
        // The second reading is the one in its turn.
        if (reads === 2) await continued;
        return found;
      },
    };
    const slowLog = log(slow, oneAfterTheOther(frozen.parts, 'declare'));
    const declaring = slowLog.declare('crm', 'Person', [text('birthday')]);
    await expect.poll(() => reads).toBe(2);
    await other.clock.advance(30_000);
    const quick = log(schemas, oneAfterTheOther(other.parts, 'declare'));
    await quick.declare('crm', 'Person', [text('shoe size')]);
    thaw();
    await expect
      .poll(async () => {
        await frozen.clock.advance(1_000);
        return (await slowLog.fields('crm', 'Person')).map(({ name }) => name).sort();
      })
      .toEqual(['birthday', 'shoe size']);
    expect((await declaring).added).toEqual(['birthday']);
  });
});
