import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { refuse } from '../../test/support/refusing.ts';
import { Deaths, restForGood, WRITING } from '../../test/support/sink/deaths.ts';
import { type Life, livesOf } from '../../test/support/sink/lives.ts';
import { contactOfCompany } from '../../test/support/sink/objects.ts';
import { firstNameOf, text } from '../../test/support/sink/values.ts';
import { mappingOf, type TestObject } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import type { FieldValues } from '../events/event.ts';
import { correctValues, discard, sendAgain } from './decisions.ts';
import { identityOf, isDead } from './notices.ts';

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    after.name === '?'
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : { fields: { name: text(after.name) } },
};

const ATTEMPTS = 3;

let log: LogWorld;
const dying = new Deaths();

beforeAll(async () => {
  log = await LogWorld.open(
    {
      mapping: mappingOf({ company, contact: contactOfCompany }),
      // Leases, deadlines and retries end by this clock: how long the machine takes for a step decides nothing.
      clock: new SimulatedClock(),
      batchSize: 3,
      writer: {
        latencyMs: 5,
        passSize: 7,
        parallel: 3,
        firstRetryMs: 4,
        attempts: ATTEMPTS,
        breaker: { window: 1000, limit: 1000 },
      },
      steps: {
        reached: (step) => {
          if (WRITING.has(step)) dying.reached();
        },
      },
    },
    { company: ['name'], contact: ['name', 'company'] },
  );
});
afterAll(() => log.close());

/** How often Twenty refuses a row of this name for a reason that may pass; 'bad' for one that does not. */
const SLOW: Readonly<Record<string, number>> = { slow: 1, slower: 2, stuck: Number.POSITIVE_INFINITY };
const NAMES = ['Acme', 'Beta', 'slow', 'slower', 'stuck', 'bad'];

const values: Readonly<Record<string, fc.Arbitrary<FieldValues>>> = {
  company: fc.record({ name: fc.constantFrom(...NAMES, '?') }),
  contact: fc.record({ name: fc.constantFrom(...NAMES), company: fc.constantFrom('', '1', '2') }),
};
const lives = livesOf(values, ['1', '2', '3'], { freq: 6, maxLength: 3 });

type Word = 'nothing' | 'retry' | 'discard' | 'edit';

async function conserved(): Promise<void> {
  const { rows, counted } = await log.world.state.read(async (tx) => ({
    rows: await tx.ledger.rows(null),
    counted: await tx.ledger.recount(null),
  }));
  expect(rows).toEqual(counted);
  for (const balance of await log.world.balances()) expect(balance.residueA).toBe(0);
}

async function rows() {
  return log.world.state.read(async (tx) => [
    ...(await tx.records.page('crm', 'company', null, 100)),
    ...(await tx.records.page('crm', 'contact', null, 100)),
  ]);
}

async function say(word: Word): Promise<void> {
  // By the clock alone two moves are told apart that are alike in all else, and no person is as quick as a machine.
  await log.world.clock.sleep(1);
  const dead = (await rows()).filter(isDead);
  const said = { by: 'Jo', reason: 'test', now: log.world.clock.now(), run: 'test' };
  await log.world.state.transaction(async (tx) => {
    const keys = dead.map(({ key }) => key);
    if (word === 'retry') await sendAgain(tx, keys, said);
    if (word === 'discard') await discard(tx, keys, said);
    if (word !== 'edit') return;
    for (const row of dead)
      if (row.class === 'dead-lettered') await correctValues(tx, row.key, { name: 'Mended' }, said);
  });
  log.world.running.wake();
}

/** Live content by source key, with links by source key too. */
function content(): unknown {
  const keys = new Map<unknown, unknown>();
  for (const row of log.world.rows('company')) keys.set(row.id, row.sourceKey);
  return Object.fromEntries([
    ...log.world.rows('company').map((row) => [row.sourceKey, row.name]),
    ...log.world
      .rows('person')
      .map((row) => [row.sourceKey, [firstNameOf(row), row.companyId === null ? null : keys.get(row.companyId)]]),
  ]);
}

/** Of the notices since `from`, the last of each record and event. */
async function folded(topic: 'retry' | 'dead', from: number) {
  const notices = (await log.notices(topic)).slice(from);
  const identities = notices.map(identityOf);
  expect(new Set(identities).size, `${topic} says something twice`).toBe(identities.length);
  return new Map(notices.map(({ key, order, outcome }) => [`${key} ${order.epoch}.${order.sequence}`, outcome]));
}

async function run(
  all: readonly Life[],
  words: readonly Word[],
  deaths: readonly number[],
): Promise<{ content: unknown; classes: unknown }> {
  const { world } = log;
  const [retried, dead] = [(await log.notices('retry')).length, (await log.notices('dead')).length];
  await log.intake.stop();
  await world.reset();
  await log.reopen();
  await log.skipToEnd();
  await log.startIntake();
  const attempts = new Map<string, number>();
  const refusing = refuse(world.client, (_object, fields) => {
    const name =
      typeof fields.name === 'object' ? (fields.name as { firstName?: string } | null)?.firstName : fields.name;
    if (name === 'bad') return 'bad-value';
    const key = `${text(fields.sourceKey)} ${text(name)} ${text(fields.sourceModifiedAt)}`;
    const made = attempts.get(key) ?? 0;
    if (made >= (SLOW[text(name)] ?? 0)) return null;
    attempts.set(key, made + 1);
    return 'other';
  });
  dying.plan(deaths);
  try {
    for (const [round, word] of words.entries()) {
      const events = all.flatMap(({ object, id, states }) => {
        const after = states[round];
        return after === undefined ? [] : [world.event(object, id, after)];
      });
      await log.put(...events);
      await restForGood(world);
      await conserved();
      await say(word);
      await restForGood(world);
      await conserved();
    }
  } finally {
    dying.plan([]);
    refusing.stop();
  }
  const said = await folded('dead', dead);
  const tried = await folded('retry', retried);
  for (const row of await rows()) {
    const name = `${row.key} ${row.event.order.epoch}.${row.event.order.sequence}`;
    expect([name, said.get(name) === 'DEAD']).toEqual([name, isDead(row)]);
    if (!isDead(row)) expect([name, tried.get(name) === 'RETRY' && !said.has(name)]).toEqual([name, false]);
  }
  return { content: content(), classes: await world.classes() };
}

describe('deaths while records are refused, parked, told of and released', () => {
  it('end in the same content, the same classes, and topics that say what the state says, once', async () => {
    const word = fc.constantFrom<Word>('nothing', 'retry', 'discard', 'edit');
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.tuple(word, word, word),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
        async (all, words, deaths) => {
          const expected = await run(all, words, []);
          const found = await run(all, words, deaths);
          expect(found).toEqual(expected);
          expect(await log.world.state.read((tx) => tx.intents.all())).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.SINK_RUNS ?? 10) },
    );
  }, 1_200_000);
});
