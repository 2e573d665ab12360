import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  atRest,
  command,
  type Deployment,
  loaded,
  prepare,
  type Running,
  rowOf,
  SOURCE,
  startDaemon,
  stopDaemon,
  until,
} from './deployment.ts';
import { dropTables, smallFirm } from './exports.ts';

/** What an operator sees and does about rows of several records, by the commands themselves, beside the daemon. */

const SLOW = 240_000;
const [P2, P3] = [`${SOURCE}/contact/P2`, `${SOURCE}/contact/P3`];

interface Listed {
  readonly items: readonly { readonly row: string; readonly object: string; readonly records: readonly string[] }[];
  readonly apart: readonly { readonly takenOut: string; readonly from: string; readonly by: string }[];
}

interface Shown {
  readonly records: readonly { readonly key: string; readonly because: readonly string[] }[];
  readonly fields: readonly { readonly field: string; readonly from: readonly string[]; readonly since: number }[];
  readonly decisions: readonly { readonly action: string; readonly reason: string | null }[];
}

interface Cut {
  readonly items: readonly { readonly record: string; readonly to: string }[];
  readonly counts: readonly unknown[];
}

interface Unmerged {
  readonly applied: boolean;
  readonly writes: readonly unknown[];
  readonly calls: number;
  readonly minutes: number;
  readonly without: readonly { readonly key: string; readonly value: string }[];
}

describe('two contacts under one address', { timeout: SLOW }, () => {
  let deployment: Deployment;
  let daemon: Running;

  async function run<Result>(...args: string[]): Promise<{ readonly code: number | null; readonly result: Result }> {
    const { code, out, errors } = await command(deployment, [...args, '--json']);
    return { code, result: JSON.parse(out === '' ? errors : out) as Result };
  }
  const asked = async <Result>(operation: string) => (await ask(deployment, daemon, operation)) as Result;
  const scraped = async () => (await fetch(`${daemon.url}/metrics`)).text();
  const listed = async () => (await run<Listed>('merges', 'list')).result;
  const keysOf = (id: 'P2' | 'P3') => rowOf(deployment, 'person', `contact/${id}`)?.sourceKeys ?? null;
  /** Between two calls a record may stand in two rows, or in none. */
  const share = (...keys: string[]) => {
    const shared = deployment.sandbox
      .dump('person')
      .filter(({ deletedAt, sourceKeys }) => deletedAt === null && (sourceKeys as string[] | null)?.includes(P3));
    return JSON.stringify(shared.map(({ sourceKeys }) => sourceKeys)) === JSON.stringify([keys]) ? true : null;
  };

  beforeAll(async () => {
    deployment = await prepare({ callsPerMinute: 100_000 });
    daemon = await startDaemon(deployment);
    await until('they share a row', async () =>
      (await asked<Listed>('merges-list')).items.length === 1 ? true : null,
    );
    await loaded(deployment, daemon);
  }, SLOW);
  afterAll(async () => {
    if (daemon !== undefined) await stopDaemon(daemon);
    await deployment?.close();
  });

  test('are listed as one row, with who, why, and which value comes from whom since when', async () => {
    expect((await listed()).items).toMatchObject([{ row: P2, object: 'person', survivor: P2, records: [P2, P3] }]);
    expect(await scraped()).toContain('changeover_merged_rows{object="person"} 1');
    const { result } = await run<Shown>('merges', 'show', P3);
    const because = ['emails.primaryEmail ayse@mail.example'];
    expect(result.records).toMatchObject([
      { key: P2, because },
      { key: P3, class: 'merged', because },
    ]);
    expect(result.fields).toContainEqual(expect.objectContaining({ field: 'name', from: [P2], rule: 'first' }));
    for (const { since } of result.fields) expect(since).toBeGreaterThan(0);
  });

  test('are taken apart only with --yes, for the price that was said before', async () => {
    const looked = await run<Unmerged>('merges', 'unmerge', P3);
    expect(looked.result).toMatchObject({
      applied: false,
      from: [P2],
      stay: [P2],
      without: [{ key: P3, field: 'emails.primaryEmail', value: 'ayse@mail.example' }],
    });
    expect(looked.result.calls).toBeGreaterThan(0);
    expect(looked.result.minutes).toBeGreaterThan(0);
    expect(keysOf('P3')).toEqual([P2, P3]);
    const reason = 'mother and daughter';
    const done = await run<Unmerged>('merges', 'unmerge', P3, '--yes', '--reason', reason, '--by', 'eve');
    expect(done.result).toMatchObject({ applied: true, calls: looked.result.calls });
    await until('both have a row', async () => share(P3));
    await atRest(deployment, daemon);
    expect([keysOf('P2'), keysOf('P3')]).toEqual([[P2], [P3]]);
    const list = await listed();
    expect(list.items).toEqual([]);
    expect(list.apart).toMatchObject([{ takenOut: P3, from: P2, by: 'eve', reason }]);
    const { result } = await run<Shown & { readonly code?: string }>('merges', 'show', P3);
    expect(JSON.stringify(result)).toContain('MERGE_UNKNOWN');
    const { result: explained } = await run<{ readonly decisions: Shown['decisions'] }>('explain', P3);
    expect(explained.decisions).toMatchObject([{ action: 'merges-unmerge', reason }]);
  });

  test('stay apart over a restart and a replay, and come together once that is taken back', async () => {
    await stopDaemon(daemon);
    daemon = await startDaemon(deployment);
    const { result } = await run<{ readonly writes: number }>('replay', SOURCE, '--apply');
    expect(result.writes).toBe(0);
    const back = await run('merges', 'reopen', P2, '--by', 'eve');
    expect(back.result).toMatchObject({ takenBack: [{ takenOut: P3, from: P2 }] });
    await until('they share a row again', async () => share(P2, P3));
    await atRest(deployment, daemon);
    expect(keysOf('P3')).toEqual([P2, P3]);
    expect((await listed()).apart).toEqual([]);
    expect((await run('merges', 'reopen', P2)).code).toBe(1);
  });

  test('say for people what they say for programs', async () => {
    const { out } = await command(deployment, ['merges', 'list']);
    expect(out).toContain(P3);
    expect((await command(deployment, ['merges', 'show', P2])).out).toContain('passed over');
    expect((await command(deployment, ['merges', 'unmerge', P2])).out).toContain('Nothing was done; --yes does it.');
  });

  test('leave a list of the links that are cut when the source deletes what they name', async () => {
    const firm = smallFirm();
    const contacts = firm.contact.filter((row) => row['Contact ID'] !== 'P2');
    dropTables(deployment.drop, { ...firm, contact: contacts }, '2026-03-03');
    await until('links are cut', async () => ((await asked<Cut>('links-cut')).items.length > 1 ? true : null));
    await atRest(deployment, daemon);
    const { result } = await run<Cut>('links', 'cut');
    // Its company it had through that contact.
    expect(result.items).toMatchObject(
      ['company', 'contact'].map((link) => ({
        record: `${SOURCE}/deal/D2`,
        link,
        to: P2,
        stands: 'applied',
        since: expect.any(Number),
      })),
    );
    expect(result.counts).toEqual([{ source: SOURCE, object: 'deal', losses: 2 }]);
    expect(await scraped()).toContain('changeover_cut_links{source="crm",object="deal"} 2');
    expect((await command(deployment, ['links', 'cut', '--object', 'note'])).out).not.toContain(P2);
    const { out } = await command(deployment, ['report']);
    expect(out).toContain('Links to records that the source deleted');
  });
});
