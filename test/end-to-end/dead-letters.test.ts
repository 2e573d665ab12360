import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  atRest,
  command,
  type Deployment,
  inProcess,
  prepare,
  type Running,
  rowOf,
  SOURCE,
  type StatusReport,
  startDaemon,
  stopDaemon,
  until,
} from './deployment.ts';
import { dropTables, smallFirm } from './exports.ts';

/** What an operator does about refused records and strange messages, by the commands themselves: beside a daemon and without. */

const SLOW = 240_000;
const firm = smallFirm();
const refusedDeal = (id: string) => ({ ...firm.deal[0], 'Deal ID': id, Currency: 'dollars' });
const D8 = `${SOURCE}/deal/D8`;
const D9 = `${SOURCE}/deal/D9`;

interface Listed {
  readonly matching: number;
  readonly items: readonly { readonly kind: string; readonly name: string; readonly code: string }[];
}

describe('refused records and strange messages', { timeout: SLOW }, () => {
  let deployment: Deployment;
  let daemon: Running;

  /** Runs a command with --json; the result or the error it printed, and its exit code. */
  async function run<Result>(...args: string[]): Promise<{ readonly code: number | null; readonly result: Result }> {
    const { code, out, errors } = await command(deployment, [...args, '--json']);
    if (out === '') throw new Error(errors);
    return { code, result: JSON.parse(out) as Result };
  }
  const classes = async () => ((await ask(deployment, daemon, 'status')) as StatusReport).classes;
  const listed = async (...filter: string[]) => (await run<Listed>('dead-letters', 'list', ...filter)).result;

  beforeAll(async () => {
    deployment = await prepare({ callsPerMinute: 100_000 });
    daemon = await startDaemon(deployment);
    dropTables(deployment.drop, { ...firm, deal: [...firm.deal, refusedDeal('D8'), refusedDeal('D9')] }, '2026-03-03');
    await until('two deals are refused', async () => ((await classes())['dead-lettered'] === 2 ? true : null));
    // What a correction costs depends on what else is on its way.
    await atRest(deployment, daemon);
  }, SLOW);
  afterAll(async () => {
    if (daemon !== undefined) await stopDaemon(daemon);
    await deployment?.close();
  });

  test('are listed with why, by object, code, field and age', async () => {
    const { items, matching } = await listed();
    expect(matching).toBe(2);
    expect(items.map(({ name }) => name)).toEqual([D8, D9]);
    expect(items[0]).toMatchObject({ kind: 'record', standing: 'dead', code: 'SINK_MAPPING_REFUSED' });
    expect((await listed('--object', 'contact')).matching).toBe(0);
    expect((await listed('--code', 'SINK_MAPPING_REFUSED', '--object', 'deal')).matching).toBe(2);
    expect((await listed('--code', 'SINK_TWENTY_REFUSED')).matching).toBe(0);
    expect((await listed('--field', 'closeDate')).matching).toBe(0);
    expect((await listed('--older-than', '24')).matching).toBe(0);
    const cut = await listed('--limit', '1');
    expect([cut.items.length, cut.matching]).toEqual([1, 2]);
  });

  test('are shown whole', async () => {
    const { result } = await run<{ event: { after: Record<string, string> }; refused: object }>(
      'dead-letters',
      'show',
      D9,
    );
    expect(result.event.after).toMatchObject({ 'Deal ID': 'D9', Currency: 'dollars' });
    expect(result.refused).toMatchObject({ name: D9, standing: 'dead' });
  });

  test('cannot be corrected by a field that the source does not have, or under a name that is none', async () => {
    const strange = await run<{ error: { message: string } }>('dead-letters', 'edit', D9, 'Colour=red');
    expect(strange.code).not.toBe(0);
    expect(strange.result.error.message).toContain('has no field Colour');
    const unknown = await run<{ error: { message: string } }>('dead-letters', 'retry', `${SOURCE}/deal/D1`);
    expect(unknown.result.error.message).toContain('[DEAD_LETTER_UNKNOWN]');
  });

  test('a correction is priced first, goes to Twenty, and stands in the audit with who and why', async () => {
    const preview = await run<object>('dead-letters', 'edit', D9, 'Currency=EUR', '--preview');
    expect(preview.result).toMatchObject({ applied: false, writes: 1, calls: 1, refusedStill: 0 });
    expect(rowOf(deployment, 'opportunity', 'deal/D9')).toBeNull();
    const edited = await run<object>('dead-letters', 'edit', D9, 'Currency=EUR', '--by', 'Jo', '--reason', 'typed');
    expect(edited).toMatchObject({ code: 0, result: { applied: true, is: { Currency: 'EUR' } } });
    const row = await until('the deal is in Twenty', () => rowOf(deployment, 'opportunity', 'deal/D9'));
    expect(row.amount).toMatchObject({ currencyCode: 'EUR' });
    await atRest(deployment, daemon);
    expect((await listed()).items.map(({ name }) => name)).toEqual([D8]);
    expect(await decisionsOn(D9)).toEqual([
      expect.objectContaining({ action: 'dead-letters-edit', by: 'Jo', reason: 'typed' }),
    ]);
  });

  test('a retry says what is refused again without a call, and spends none', async () => {
    deployment.sandbox.clearCalls();
    const retried = await run<object>('dead-letters', 'retry', '--object', 'deal');
    expect(retried).toMatchObject({ code: 0, result: { applied: true, writes: 0, refusedStill: 1, sent: [D8] } });
    // What is sent again is due from the moment that the command answers until it is refused again.
    expect((await atRest(deployment, daemon)).classes['dead-lettered']).toBe(1);
    expect(writeCalls()).toEqual([]);
  });

  test('what is discarded needs a reason, by filter a second word, and counts as excluded', async () => {
    expect((await command(deployment, ['dead-letters', 'discard', D8])).code).toBe(2);
    const shown = await run<object>('dead-letters', 'discard', '--object', 'deal', '--reason', 'a test');
    expect(shown.result).toMatchObject({ applied: false, discarded: [] });
    expect((await classes())['dead-lettered']).toBe(1);
    const done = await run<object>('dead-letters', 'discard', '--object', 'deal', '--reason', 'a test', '--yes');
    expect(done.result).toMatchObject({ applied: true, discarded: [D8] });
    expect((await atRest(deployment, daemon)).classes).toMatchObject({ excluded: 1, 'dead-lettered': 0 });
  });

  test('the topics tell the same, and can be looked at beside the daemon; a seek is refused there', async () => {
    const topics = await run<{ topics: { topic: string; holds: string; messages: number }[] }>('bus', 'topics');
    const holds = Object.fromEntries(topics.result.topics.map((one) => [one.topic, one.holds]));
    expect(holds).toMatchObject({ 'changeover.crm.deal': 'deal', 'changeover.crm.dead': 'dead' });
    const peeked = await run<{ messages: { notice: { outcome: string; key: string } }[] }>(
      'bus',
      'peek',
      'changeover.crm.dead',
      '--offset',
      '0',
      '--limit',
      '100',
    );
    const told = peeked.result.messages.map(({ notice }) => [notice.key, notice.outcome]);
    expect(told).toContainEqual([D9, 'EDITED']);
    // Of one record and event the last word holds.
    expect(told.findLast(([key]) => key === D8)).toEqual([D8, 'DISCARDED']);
    const seek = await run<{ error: { message: string } }>('bus', 'seek', 'changeover.crm.deal', '--start', '--yes');
    expect(seek.result.error.message).toContain('[BUS_GROUP_BUSY]');
  });

  describe('without a daemon', () => {
    let place = '';

    beforeAll(async () => {
      await stopDaemon(daemon);
      place = await inProcess(deployment, async (app) => {
        const topic = await app.events.topic(SOURCE, 'deal');
        const [at] = await app.bus.append(topic, [
          { key: 'theirs', value: Uint8Array.of(1, 2, 3), timestamp: Date.now(), headers: {} },
        ]);
        return `${topic}/${at?.partition}/${at?.offset}`;
      });
      expect((await command(deployment, ['run', '--once'])).code).toBe(0);
    }, SLOW);

    test('a message that is no event of ours is listed, cannot be retried, and is put aside by a person', async () => {
      const { items } = await listed();
      expect(items).toEqual([expect.objectContaining({ kind: 'message', name: place, code: 'EVENT_NOT_OURS' })]);
      const shown = await run<{ bytes: string }>('dead-letters', 'show', place);
      expect(Buffer.from(shown.result.bytes, 'base64')).toEqual(Buffer.from([1, 2, 3]));
      const retried = await run<{ failed: object[] }>('dead-letters', 'retry', place);
      expect(retried.code).toBe(5);
      expect(retried.result.failed).toEqual([expect.objectContaining({ name: place, code: 'DEAD_LETTER_NOT_OURS' })]);
      await run('dead-letters', 'discard', place, '--reason', 'not ours');
      expect((await listed()).matching).toBe(0);
    });

    test('what is read again after a seek is known already, and costs no write call', async () => {
      const lag = async () => {
        const { result } = await run<{ partitions: { topic: string; events: number }[] }>('bus', 'lag');
        return Object.fromEntries(result.partitions.map((one) => [one.topic, one.events]));
      };
      expect((await lag())['changeover.crm.deal']).toBe(0);
      const shown = await run<{ moved: boolean; again: number }>('bus', 'seek', 'changeover.crm.deal', '--start');
      expect(shown.result).toMatchObject({ moved: false, skipped: 0 });
      expect(shown.result.again).toBeGreaterThan(4);
      expect((await lag())['changeover.crm.deal']).toBe(0);
      const moved = await run<object>('bus', 'seek', 'changeover.crm.deal', '--start', '--yes', '--by', 'Jo');
      expect(moved.result).toMatchObject({ moved: true, again: shown.result.again });
      expect((await lag())['changeover.crm.deal']).toBe(shown.result.again);
      deployment.sandbox.clearCalls();
      expect((await command(deployment, ['run', '--once'])).code).toBe(0);
      expect(writeCalls()).toEqual([]);
      expect((await lag())['changeover.crm.deal']).toBe(0);
      await inProcess(deployment, async (app) => {
        const audit = await app.state.read((tx) => tx.audit.newest(1));
        expect(audit).toEqual([expect.objectContaining({ action: 'bus-seek', by: 'Jo', object: 'deal' })]);
      });
    });
  });

  async function decisionsOn(key: string): Promise<readonly object[]> {
    return (await run<{ decisions: readonly object[] }>('explain', key)).result.decisions;
  }

  function writeCalls(): readonly string[] {
    return deployment.sandbox
      .counters()
      .filter((one) => one.api !== 'metadata' && /^(create|upsert|update|delete|destroy|restore)/.test(one.operation))
      .map((one) => one.operation);
  }
});
