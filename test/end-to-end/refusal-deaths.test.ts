import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Step } from '../../src/core/ports.ts';
import type { OutcomeNotice } from '../../src/events/notices.ts';
import { type Life, live, Nursery, type Rest } from '../kill/process.ts';
import { command, type Deployment, inProcess, prepare, SOURCE } from './deployment.ts';
import { dropTables, smallFirm } from './exports.ts';

/** kill -9 at every step of a refusal: what was refused alone is neither lost nor doubled, in the workspace and in the topics. */

const SLOW = 300_000;
const OBJECTS = ['company', 'person', 'opportunity', 'task', 'note'] as const;
/** Twenty refuses the note so often, and then takes it. */
const REFUSALS = 2;
const firm = smallFirm();
const tables = { ...firm, deal: [...firm.deal, { ...firm.deal[0], 'Deal ID': 'D9', Currency: 'dollars' }] };

type RefusalStep = Extract<Step, 'parked' | 'before-publish' | 'after-publish' | 'before-release' | 'after-release'>;

interface Outcome {
  readonly rest: Rest | null;
  readonly passes: Life['passes'];
  /** Source keys of the live rows, sorted: one that stands twice is doubled. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** Outcome and attempt of every notice, by topic. */
  readonly told: Readonly<Record<'retry' | 'dead', readonly string[]>>;
  readonly noteCreates: number;
}

describe('a death while a record is refused, parked, told of and released', { timeout: SLOW }, () => {
  const nursery = new Nursery(join(tmpdir(), 'changeover-compiled'));
  let undisturbed: Outcome;

  beforeAll(async () => {
    undisturbed = await run(null);
  }, SLOW);
  afterAll(() => nursery.close());

  /** A load in a workspace of its own, whose process is killed where `death` says and started again until it comes to rest. */
  async function run(death: { readonly step: RefusalStep; readonly pass: number } | null): Promise<Outcome> {
    const deployment = await prepare({ callsPerMinute: 100_000 });
    try {
      appendFileSync(deployment.configuration, 'retry: { attempts: 4, firstSeconds: 1 }\n');
      dropTables(deployment.drop, tables, '2026-03-03');
      deployment.sandbox.clearCalls();
      deployment.sandbox.fault({ match: { operation: 'createMany', object: 'note' }, fail: 400, count: REFUSALS });
      let life = await live(nursery, deployment, death === null ? null : { kind: 'at-step', ...death }, 0);
      const passes = life.passes;
      if (death !== null) {
        expect([life.last, life.rest], 'it died there').toEqual([death.step, null]);
        life = await live(nursery, deployment, null, 0);
      }
      return { rest: life.rest, passes, ...(await outcomeOf(deployment)) };
    } finally {
      await deployment.close();
    }
  }

  test('undisturbed, the note is parked twice and written, and the deal is a dead letter: the steps are all reached', () => {
    expect(undisturbed.told).toEqual({
      retry: [`${SOURCE}/note/N1 RETRY 1`, `${SOURCE}/note/N1 RETRY 2`, `${SOURCE}/note/N1 RELEASED 2`],
      dead: [`${SOURCE}/deal/D9 DEAD 1`],
    });
    expect(undisturbed.rows.note).toEqual([`${SOURCE}/note/N1`]);
    expect(undisturbed.noteCreates).toBe(REFUSALS + 1);
    for (const step of ['parked', 'before-release', 'after-release'] as const)
      expect([step, undisturbed.passes.get(step)]).toEqual([step, REFUSALS]);
    for (const step of ['before-publish', 'after-publish'] as const)
      expect(undisturbed.passes.get(step) ?? 0, step).toBeGreaterThan(REFUSALS);
  });

  test.each([
    { step: 'parked', pass: 1 },
    { step: 'parked', pass: 2 },
    { step: 'before-publish', pass: 3 },
    { step: 'after-publish', pass: 1 },
    { step: 'before-release', pass: 1 },
    { step: 'after-release', pass: 2 },
  ] as const)('killed at $step, pass $pass: lost 0, doubled 0, and everything is told once', async (death) => {
    const found = await run(death);
    expect(found.rows).toEqual(undisturbed.rows);
    expect(found.rest).toMatchObject({ residue: 0 });
    expect(found.rest?.objects).toEqual(undisturbed.rest?.objects);
    expect(found.told).toEqual(undisturbed.told);
    // No attempt more than without the death: what was decided was kept.
    expect(found.noteCreates).toBe(undisturbed.noteCreates);
  });
});

describe('a run that comes to rest once', { timeout: SLOW }, () => {
  test('reports records that are tried again later than it has patience for as on the way, and accounts for them', async () => {
    const deployment = await prepare({ callsPerMinute: 100_000 });
    try {
      appendFileSync(deployment.configuration, 'retry: { firstSeconds: 3600 }\n');
      deployment.sandbox.fault({ match: { operation: 'createMany', object: 'note' }, fail: 400, count: 1 });
      const { code, out } = await command(deployment, ['run', '--once', '--patience', '5', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ residue: 0, objects: { note: { source: 1, applied: 0, onTheWay: 1 } } });
      const status = JSON.parse((await command(deployment, ['status', '--json'])).out) as object;
      expect(status).toMatchObject({ parked: 1, stopped: [] });
      // A person need not wait so long.
      await command(deployment, ['dead-letters', 'retry', `${SOURCE}/note/N1`]);
      const again = await command(deployment, ['run', '--once', '--json']);
      expect(JSON.parse(again.out)).toMatchObject({ objects: { note: { applied: 1, onTheWay: 0 } } });
    } finally {
      await deployment.close();
    }
  });
});

async function outcomeOf(deployment: Deployment): Promise<Omit<Outcome, 'rest' | 'passes'>> {
  const { sandbox } = deployment;
  const rows = Object.fromEntries(
    OBJECTS.map((object) => [
      object,
      sandbox
        .dump(object)
        .filter((row) => row.deletedAt === null)
        .map((row) => String(row.sourceKey))
        .sort(),
    ]),
  );
  const noteCreates = sandbox.calls().filter((call) => call.operation === 'createMany note').length;
  const told = await inProcess(deployment, async (app) => {
    const of = async (topic: 'retry' | 'dead'): Promise<readonly string[]> => {
      const name = await app.events.notices.topic(SOURCE, topic);
      const notices: OutcomeNotice[] = [];
      for (const { partition, start, end } of await app.bus.bounds(name)) {
        for await (const message of app.bus.read({ topic: name, partition }, start, end)) {
          const [decoded] = await app.events.notices.decode([message]);
          if (decoded?.ok === true && decoded.notice.kind === 'outcome') notices.push(decoded.notice);
        }
      }
      return notices.map(({ key, outcome, attempt }) => `${key} ${outcome} ${attempt}`);
    };
    return { retry: await of('retry'), dead: await of('dead') };
  });
  return { rows, told, noteCreates };
}
