import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  atRest,
  command,
  type Deployment,
  loaded,
  prepare,
  type Running,
  SOURCE,
  startDaemon,
  stopDaemon,
  until,
} from './deployment.ts';

/** What an operator sees and does about rows that were in the workspace before the load, by the commands, beside the daemon. */

const SLOW = 240_000;
const ADA = `${SOURCE}/contact/P1`;

interface Listed {
  readonly items: readonly { readonly row: string; readonly how: string; readonly overwritten: readonly string[] }[];
  readonly givenBack: readonly { readonly id: string; readonly by: string; readonly doneAt: number | null }[];
}

interface Shown {
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly overwritten: boolean }[];
  readonly decisions: readonly { readonly action: string; readonly reason: string | null }[];
}

interface GivenBack {
  readonly applied: boolean;
  readonly returned: readonly { readonly field: string; readonly before: unknown }[];
  readonly kept: readonly { readonly field: string; readonly now: unknown }[];
  readonly calls: number;
  readonly minutes: number;
}

describe('a person who stood in the workspace before the load, under an address of the source', {
  timeout: SLOW,
}, () => {
  let deployment: Deployment;
  let daemon: Running;
  let id = '';

  async function run<Result>(...args: string[]): Promise<{ readonly code: number | null; readonly result: Result }> {
    const { code, out, errors } = await command(deployment, [...args, '--json']);
    return { code, result: JSON.parse(out === '' ? errors : out) as Result };
  }
  const list = async (...args: string[]) => (await run<Listed>('adopted', 'list', ...args)).result;
  const scraped = async () => (await fetch(`${daemon.url}/metrics`)).text();
  const row = () => deployment.sandbox.dump('person').find((one) => one.id === id) ?? {};
  const firstName = () => (row().name as { firstName?: string } | undefined)?.firstName;

  beforeAll(async () => {
    deployment = await prepare({ callsPerMinute: 100_000 });
    [id = ''] = deployment.sandbox.seed('person', [
      {
        name: { firstName: 'Adelaide', lastName: 'King' },
        jobTitle: 'Baker',
        emails: { primaryEmail: 'ada.king@mail.example', additionalEmails: [] },
      },
    ]);
    daemon = await startDaemon(deployment);
    await until('it is taken over', async () => (firstName() === 'Ada' ? true : null));
    await until('it is known', async () =>
      ((await ask(deployment, daemon, 'adopted-list')) as Listed).items.length === 1 ? true : null,
    );
    await loaded(deployment, daemon);
  }, SLOW);
  afterAll(async () => {
    if (daemon !== undefined) await stopDaemon(daemon);
    await deployment?.close();
  });

  test('is counted and listed, with what was written over', async () => {
    const listed = await list();
    expect(listed.items).toMatchObject([{ row: ADA, id, how: 'taken-over', known: true }]);
    expect(listed.items[0]?.overwritten).toContain('name');
    expect(await scraped()).toContain('changeover_adopted_rows{object="person",how="taken-over"} 1');
    const { result } = await run<Shown>('adopted', 'show', ADA);
    const before = { firstName: 'Adelaide', lastName: 'King' };
    expect(result.fields).toContainEqual(expect.objectContaining({ field: 'name', before, overwritten: true }));
    const { result: report } = await run<{ readonly adopted: unknown }>('report');
    expect(report.adopted).toEqual([{ object: 'person', restored: false, rows: 1 }]);
  });

  test('is given back only with --yes, for the price that was said, but for what people wrote since', async () => {
    const data = { jobTitle: 'Miller' };
    deployment.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data });
    const looked = await run<GivenBack>('adopted', 'give-back', ADA);
    expect(looked.result).toMatchObject({ applied: false, kept: [{ field: 'jobTitle', now: 'Miller' }] });
    expect(looked.result.returned.map(({ field }) => field)).toContain('name');
    expect(looked.result.calls).toBeGreaterThan(0);
    expect(looked.result.minutes).toBeGreaterThan(0);
    expect(firstName()).toBe('Ada');
    const reason = 'another Ada King';
    const done = await run<GivenBack>('adopted', 'give-back', ADA, '--yes', '--reason', reason, '--by', 'eve');
    expect(done.result).toMatchObject({ applied: true });
    await until('it has its name again', async () => (firstName() === 'Adelaide' ? true : null));
    expect(row().jobTitle).toBe('Miller');
    await until('that is known', async () => ((await list('--given-back')).givenBack[0]?.doneAt != null ? true : null));
    await atRest(deployment, daemon);
    expect((await list('--given-back')).givenBack).toMatchObject([
      { id, by: 'eve', reason, kept: { jobTitle: 'Miller' } },
    ]);
    expect((await list()).items).toEqual([]);
    expect(await scraped()).toContain('changeover_adopted_rows{object="person",how="given-back"} 1');
    const { result } = await run<Shown>('explain', ADA);
    expect(result.decisions).toMatchObject([{ action: 'adopted-give-back', reason }]);
  });

  test('stays its own over a restart and a replay, and is taken over again once that is taken back', async () => {
    await stopDaemon(daemon);
    daemon = await startDaemon(deployment);
    const { result } = await run<{ readonly writes: number }>('replay', SOURCE, '--apply');
    expect(result.writes).toBe(0);
    expect(firstName()).toBe('Adelaide');
    expect((await run('adopted', 'reopen', ADA, '--by', 'eve')).result).toMatchObject({
      object: 'person',
      id,
      records: [ADA],
    });
    await until('it is taken over again', async () => (firstName() === 'Ada' ? true : null));
    expect((await run('adopted', 'reopen', ADA)).code).toBe(1);
  });
});
