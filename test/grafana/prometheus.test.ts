import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  type Deployment,
  prepare,
  type Running,
  startDaemon,
  stopDaemon,
  until,
} from '../end-to-end/deployment.ts';
import { AT_FIRST, dropTables, smallFirm } from '../end-to-end/exports.ts';
import { asAsked, readDashboard } from './dashboard.ts';
import { type Prometheus, type Sample, startPrometheus } from './prometheus-process.ts';

/** As Grafana would choose it for scrapes a second apart; long, because a busy machine scrapes late. */
const INTERVAL = '60s';
const SLOW = 240_000;
/** Calls a minute; not what is assumed of a workspace that says nothing. */
const LIMIT = 80;

const firm = smallFirm();
/** The figures of the run: the small firm, one deal with an amount that cannot be read, two notes under one id. */
const KNOWN = {
  rows: AT_FIRST.records + 3,
  events: AT_FIRST.records + 1,
  applied: AT_FIRST.applied,
  merged: AT_FIRST.merged,
  held: AT_FIRST.held,
  dead: 1,
  rejected: 2,
} as const;
const tables = {
  ...firm,
  deal: [...firm.deal, { ...firm.deal[0], 'Deal ID': 'D9', Currency: 'dollars' }],
  note: [...firm.note, { ...firm.note[0], 'Note ID': 'N9' }, { ...firm.note[0], 'Note ID': 'N9' }],
};

const targets = readDashboard().panels.flatMap((panel) =>
  (panel.targets ?? []).map((target) => ({ panel: panel.title, expr: target.expr })),
);

describe('a run, seen through Prometheus and the dashboard', { timeout: SLOW }, () => {
  let deployment: Deployment;
  let daemon: Running;
  let prometheus: Prometheus;

  const sum = (samples: readonly Sample[]) => samples.reduce((total, one) => total + one.value, 0);
  const by = (samples: readonly Sample[], label: string) =>
    Object.fromEntries(samples.map((one) => [one.labels[label] ?? '', one.value]));
  const asked = (panel: string) => {
    const target = targets.find((one) => one.panel === panel);
    if (target === undefined) throw new Error(`the dashboard has no panel ${panel}`);
    return prometheus.query(asAsked(target.expr, INTERVAL));
  };

  beforeAll(async () => {
    deployment = await prepare({
      limits: { short: { tokens: LIMIT, windowMs: 1000 }, long: { tokens: LIMIT, windowMs: 60_000 } },
      callsPerMinute: LIMIT,
      pollSeconds: 10,
    });
    deployment.sandbox.clearCalls();
    daemon = await startDaemon(deployment);
    prometheus = await startPrometheus(daemon.url);
    // Counters are looked at as rates: they must have been seen before the load as well as after it.
    await until('a first scrape', async () => ((await prometheus.query('up == 1')).length > 0 ? true : null));
    await until(
      'the first export is settled',
      async () =>
        sum(await prometheus.query('changeover_records{class="applied"}')) === AT_FIRST.applied ? true : null,
      SLOW,
    );
    dropTables(deployment.drop, tables, '2026-03-03');
    await until(
      'the dead letter is counted',
      async () => (sum(await prometheus.query('changeover_dead_letters')) === KNOWN.dead ? true : null),
      SLOW,
    );
    await ask(deployment, daemon, 'verify');
    await until('the comparison was scraped', async () =>
      (await prometheus.query('changeover_reconciliation_mismatches')).length > 0 ? true : null,
    );
  }, SLOW);

  afterAll(async () => {
    await prometheus?.stop();
    if (daemon !== undefined) await stopDaemon(daemon);
    await deployment?.close();
  });

  test.each(targets)('"$panel" has data: $expr', async ({ expr }) => {
    const samples = await prometheus.query(asAsked(expr, INTERVAL));
    expect(samples.length, expr).toBeGreaterThan(0);
  });

  test('every record stands where it is known to stand, and none is unaccounted for', async () => {
    expect(by(await asked('Where every record stands'), 'class')).toEqual({
      applied: KNOWN.applied,
      merged: KNOWN.merged,
      held: KNOWN.held,
      'dead-lettered': KNOWN.dead,
      excluded: 0,
      'on-the-way': 0,
    });
    expect(sum(await asked('Unaccounted records'))).toBe(0);
    expect(sum(await asked('On the way'))).toBe(0);
    expect(sum(await asked('Held'))).toBe(KNOWN.held);
    expect(sum(await asked('Dead letters'))).toBe(KNOWN.dead);
    expect(sum(await asked('Time until written'))).toBe(0);
    expect(sum(await asked('Events not taken yet'))).toBe(0);
  });

  test('what waits is shown with why', async () => {
    expect(by(await asked('Held, by reason'), 'reason')).toEqual({
      SINK_OWNER_UNRESOLVED: 1,
      SINK_PARENT_UNDECIDED: 2,
    });
    expect(sum(await asked('Dead letters, by reason'))).toBe(KNOWN.dead);
    const { note, ...others } = by(await asked('Rejected rows'), 'object');
    expect(note).toBe(KNOWN.rejected);
    expect(new Set(Object.values(others))).toEqual(new Set([0]));
    const told = (await ask(deployment, daemon, 'status')) as { reviews: { queue: string; open: number }[] };
    expect(sum(await asked('Questions for people'))).toBe(told.reviews.reduce((total, one) => total + one.open, 0));
  });

  test('both sides have the same number of records', async () => {
    const sides = await prometheus.query('sum by (side) (changeover_reconciliation_records)');
    const { source, log, written, twenty } = by(sides, 'side');
    expect(source).toBe(KNOWN.rows);
    expect(log).toBe(KNOWN.events);
    expect(twenty).toBe(written);
    const people = await prometheus.query('changeover_reconciliation_records{object="person"}');
    const inTwenty = deployment.sandbox.dump('person').filter((row) => row.deletedAt === null).length;
    expect(by(people, 'side')).toEqual({ written: inTwenty, twenty: inTwenty });
    expect(sum(await asked('Differences'))).toBe(0);
  });

  test('events, calls and batches add up', async () => {
    expect(by(await prometheus.query('sum by (op) (changeover_source_events_total)'), 'op')).toEqual({
      UPSERT: KNOWN.events,
    });
    expect(sum(await prometheus.query('changeover_sink_records_total{outcome="applied"}'))).toBeGreaterThanOrEqual(
      KNOWN.applied,
    );
    expect(sum(await prometheus.query('changeover_sink_apply_seconds_count'))).toBeGreaterThanOrEqual(KNOWN.applied);
    // Exactly the calls that the workspace saw, polls included: the two are the same between two polls.
    await until('both have counted the same calls', async () => {
      const counted = sum(await prometheus.query('changeover_twenty_requests_total'));
      return counted === deployment.sandbox.counters().reduce((total, one) => total + one.calls, 0) ? true : null;
    });
  });

  test('the budget is shown: the limit of the workspace, and never more at hand than that', async () => {
    expect(sum(await prometheus.query('changeover_twenty_budget_limit'))).toBe(LIMIT);
    const left = sum(await prometheus.query('changeover_twenty_budget_remaining'));
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThanOrEqual(LIMIT);
    expect(
      by(await prometheus.query('sum by (cause) (changeover_twenty_backoff_seconds_total)'), 'cause').budget,
    ).toBeGreaterThan(0);
    expect(sum(await prometheus.query('changeover_twenty_requests_total{status="429"}'))).toBe(0);
  });

  test('the lag is the age of the newest export', async () => {
    const [lag] = await asked('Source lag');
    const age = (Date.now() - Date.parse('2026-03-03T04:00:00Z')) / 1000;
    expect(Math.abs((lag?.value ?? 0) - age)).toBeLessThan(30);
  });

  test('promtool finds nothing to say against the metrics', async () => {
    const scrape = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(execFileSync(prometheus.promtool, ['check', 'metrics'], { input: scrape, encoding: 'utf8' })).toBe('');
  });
});
