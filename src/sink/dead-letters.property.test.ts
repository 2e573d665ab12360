import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { refuse } from '../../test/support/refusing.ts';
import { mappingOf, type TestObject } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import type { Step } from '../core/ports.ts';
import type { FieldValues } from '../events/event.ts';
import { correctValues, discard, sendAgain } from './decisions.ts';
import { identityOf, isDead } from './notices.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    after.name === '?'
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : { fields: { name: text(after.name) } },
};

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({
    fields: { name: { firstName: text(after.name), lastName: '' } },
    links: [
      {
        name: 'company',
        attempts: [{ column: 'companyId', label: 'by id', by: 'id', object: 'company', id: text(after.company) }],
        otherwise: { kind: 'leave' },
      },
    ],
  }),
};

const ATTEMPTS = 3;
const WRITING: ReadonlySet<Step> = new Set<Step>([
  'before-intent',
  'before-call',
  'in-flight',
  'after-answer',
  'after-outcome',
  'parked',
  'before-publish',
  'after-publish',
  'before-release',
  'after-release',
]);

let log: LogWorld;
/** Called at every step of the writer; throws where the process is to die. */
let die: () => void = () => undefined;

beforeAll(async () => {
  log = await LogWorld.open(
    {
      mapping: mappingOf({ company, contact }),
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
          if (WRITING.has(step)) die();
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

interface Life {
  readonly object: 'company' | 'contact';
  readonly id: string;
  readonly states: readonly (FieldValues | null)[];
}

const state = (object: Life['object']): fc.Arbitrary<FieldValues> =>
  object === 'company'
    ? fc.record({ name: fc.constantFrom(...NAMES, '?') })
    : fc.record({ name: fc.constantFrom(...NAMES), company: fc.constantFrom('', '1', '2') });

const lives: fc.Arbitrary<readonly Life[]> = fc
  .tuple(
    ...(['company', 'contact'] as const).flatMap((object) =>
      ['1', '2', '3'].map((id) =>
        fc
          .array(fc.option(state(object), { nil: null, freq: 6 }), { maxLength: 3 })
          .map((states): Life => ({ object, id, states })),
      ),
    ),
  )
  .map((all) => all.filter(({ states }) => states.length > 0));

type Word = 'nothing' | 'retry' | 'discard' | 'edit';

class Died extends Error {}

/** Comes to rest for good: whoever dies is followed by another one, and nothing is parked any more. */
async function rest(): Promise<void> {
  const { world } = log;
  for (let life = 0; life < 200; life += 1) {
    try {
      await world.rest();
    } catch (thrown) {
      if (!(thrown instanceof Died) && !/died/.test(String(thrown))) throw thrown;
      await world.stopWriter();
      continue;
    }
    const { parked, next, waiting } = await world.state.read(async (tx) => ({
      parked: await tx.retries.counts(null),
      next: await tx.records.nextDueAt(0),
      waiting: await tx.outbox.count(),
    }));
    if (parked.length === 0 && waiting === 0) return;
    if (next !== null) await world.clock.sleep(Math.max(1, next - world.clock.now()));
    world.running.wake();
  }
  throw new Error('does not come to rest');
}

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
      .map((row) => [
        row.sourceKey,
        [(row.name as { firstName: string }).firstName, row.companyId === null ? null : keys.get(row.companyId)],
      ]),
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
  const left = [...deaths];
  let until = left.shift() ?? 0;
  die = () => {
    until -= 1;
    if (until !== 0) return;
    until = left.shift() ?? 0;
    throw new Died('died');
  };
  try {
    for (const [round, word] of words.entries()) {
      const events = all.flatMap(({ object, id, states }) => {
        const after = states[round];
        return after === undefined ? [] : [world.event(object, id, after)];
      });
      await log.put(...events);
      await rest();
      await conserved();
      await say(word);
      await rest();
      await conserved();
    }
  } finally {
    die = () => undefined;
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
