import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_CLASSES } from '../../src/state/file-states.ts';
import {
  ask,
  atRest,
  type Deployment,
  prepare,
  type Running,
  startDaemon,
  stopDaemon,
  until,
} from '../end-to-end/deployment.ts';
import { ANN, AT_FIRST, contact, dropTables, smallFirm, type Tables } from '../end-to-end/exports.ts';
import { asAsked, readDashboard } from './dashboard.ts';
import { type Prometheus, type Sample, startPrometheus } from './prometheus-process.ts';

/** As Grafana would choose it for scrapes some seconds apart; long, because a busy machine scrapes late. */
const INTERVAL = '60s';
const SLOW = 240_000;
/** Calls a minute; not what is assumed of a workspace that says nothing. */
const LIMIT = 80;

const OFFER = 'the offer that was talked about';
/** A call with Ada. */
const call = (id: string, more = {}) => ({
  'Call ID': id,
  Subject: 'Once more',
  Direction: 'Outbound',
  Disposition: 'Connected',
  'Duration (minutes)': '2',
  'Call Time': '20.02.2026 10:00',
  Owner: ANN,
  'Contact ID': 'P1',
  Modified: '20.02.2026 10:05',
  ...more,
});

const firm = smallFirm();
/** The second export: a deal with an amount that cannot be read, two notes under one id, a deal of Zoe alone, and two calls, one with a file. */
const second: Tables = {
  ...firm,
  contact: [...firm.contact, contact('P9', 'Zoe', 'Alone')],
  deal: [
    ...firm.deal,
    { ...firm.deal[0], 'Deal ID': 'D9', Currency: 'dollars' },
    { ...firm.deal[1], 'Deal ID': 'D10', 'Contact ID': 'P9' },
  ],
  call: [...firm.call, call('K8', { Notes: 'documents/offer.txt' }), call('K9')],
  note: [...firm.note, { ...firm.note[0], 'Note ID': 'N9' }, { ...firm.note[0], 'Note ID': 'N9' }],
};
/** The third: Zoe is gone, so that her deal loses its link, and a call, whose row stays as the mapping says. */
const third: Tables = {
  ...second,
  contact: second.contact.filter((row) => row['Contact ID'] !== 'P9'),
  call: second.call.filter((row) => row['Call ID'] !== 'K9'),
};
const documents = { 'documents/offer.txt': OFFER };
/** Calls bring files, and their rows stay in Twenty. */
function mapping(text: string): string {
  const heading = /(\n {2}call:\n {4}target: task\n)([\s\S]*?)onDelete: soft-delete/;
  expect(text).toMatch(heading);
  return text.replace(heading, '$1    files: [{ name: file, from: Notes }]\n$2onDelete: keep');
}

/** The figures of the run. */
const KNOWN = {
  rows: AT_FIRST.records + 5,
  live: AT_FIRST.records + 3,
  upserts: AT_FIRST.records + 5,
  deletes: 2,
  /** D10 and K8 came for good; K9's row stays, but its record is deleted. */
  applied: AT_FIRST.applied + 2,
  merged: AT_FIRST.merged,
  held: AT_FIRST.held,
  dead: 1,
  rejected: 2,
  adopted: 1,
  /** D10's contact, and the company that it had through her. */
  cut: 2,
  kept: 1,
} as const;
const ZERO_CLASSES = Object.fromEntries(FILE_CLASSES.map((one) => [one, 0]));

const targets = readDashboard().panels.flatMap((panel) =>
  (panel.targets ?? []).map((target, index) => ({
    panel: panel.title,
    name: index === 0 ? panel.title : `${panel.title} ${index + 1}`,
    expr: target.expr,
  })),
);
/** The query with the counters themselves in place of their rates: what was counted does not depend on when it was scraped. */
const counted = (expr: string) => expr.replaceAll(/rate\(([^[]+)\[[^\]]+\]\)/g, '$1');

describe('a run, seen through Prometheus and the dashboard', { timeout: SLOW }, () => {
  let deployment: Deployment;
  let daemon: Running;
  let prometheus: Prometheus;

  const sum = (samples: readonly Sample[]) => samples.reduce((total, one) => total + one.value, 0);
  const by = (samples: readonly Sample[], label: string) =>
    Object.fromEntries(samples.map((one) => [one.labels[label] ?? '', one.value]));
  /** After a scrape that a busy machine did not answer in time nothing is known until the next one: that is waited for. */
  const query = (expression: string) =>
    until('an answer while the daemon is seen', async () => {
      const isSeen = async () => (await prometheus.query('up == 1')).length > 0;
      if (!(await isSeen())) return null;
      const samples = await prometheus.query(expression);
      return (await isSeen()) ? samples : null;
    });
  const asked = (panel: string) => {
    const target = targets.find((one) => one.panel === panel);
    if (target === undefined) throw new Error(`the dashboard has no panel ${panel}`);
    return query(asAsked(target.expr, INTERVAL));
  };

  beforeAll(async () => {
    deployment = await prepare({
      limits: { short: { tokens: LIMIT, windowMs: 1000 }, long: { tokens: LIMIT, windowMs: 60_000 } },
      callsPerMinute: LIMIT,
      pollSeconds: 10,
      mapping,
    });
    // She stood in the workspace before.
    deployment.sandbox.seed('person', [
      {
        name: { firstName: 'Adelaide', lastName: 'King' },
        emails: { primaryEmail: 'ada.king@mail.example', additionalEmails: [] },
      },
    ]);
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
    dropTables(deployment.drop, second, '2026-03-03', documents);
    await until(
      'the file is linked, and the dead letter is counted',
      async () =>
        sum(await prometheus.query('changeover_files{class="linked"}')) === 1 &&
        sum(await prometheus.query('changeover_records{class="on-the-way"}')) === 0 &&
        sum(await prometheus.query('changeover_dead_letters')) === KNOWN.dead
          ? true
          : null,
      SLOW,
    );
    dropTables(deployment.drop, third, '2026-03-04', documents);
    await until(
      'what was deleted is counted',
      async () =>
        sum(await prometheus.query('changeover_cut_links')) === KNOWN.cut &&
        sum(await prometheus.query('changeover_kept_rows')) === KNOWN.kept &&
        sum(await prometheus.query('changeover_source_rejected_rows')) === KNOWN.rejected &&
        sum(await prometheus.query('changeover_reconciliation_records{side="source"}')) === KNOWN.rows &&
        sum(await prometheus.query('changeover_records{class="on-the-way"}')) === 0
          ? true
          : null,
      SLOW,
    );
    await atRest(deployment, daemon);
    await ask(deployment, daemon, 'verify');
    await until('the comparison was scraped', async () =>
      (await prometheus.query('changeover_reconciliation_mismatches')).length > 0 ? true : null,
    );
  }, 3 * SLOW);

  afterAll(async () => {
    await prometheus?.stop();
    if (daemon !== undefined) await stopDaemon(daemon);
    await deployment?.close();
  });

  /** What a query of the dashboard has to return after the run; `total`: the counters behind its rates, grouped as it groups them. */
  type Expected = (samples: readonly Sample[], total: readonly Sample[]) => void | Promise<void>;
  const totals = (figure: number): Expected => {
    return (samples) => expect(sum(samples)).toBe(figure);
  };
  const each = (label: string, figures: Readonly<Record<string, number>>): Expected => {
    return (samples) => expect(by(samples, label)).toEqual(figures);
  };
  const between = (least: number, most: number): ((samples: readonly Sample[]) => void) => {
    return (samples) => {
      expect(samples.length).toBeGreaterThan(0);
      for (const { value } of samples) {
        expect(value).toBeGreaterThanOrEqual(least);
        expect(value).toBeLessThanOrEqual(most);
      }
    };
  };
  /** Whoever adds a query to the dashboard says here what it returns: the tests go by the dashboard, and one without fails. */
  const EXPECTED: Readonly<Record<string, Expected>> = {
    'Unaccounted records': totals(0),
    'On the way': totals(0),
    Held: totals(KNOWN.held),
    'Dead letters': totals(KNOWN.dead),
    'Questions for people': async (samples) => {
      const told = (await ask(deployment, daemon, 'status')) as { reviews: { queue: string; open: number }[] };
      expect(sum(samples)).toBe(told.reviews.reduce((total, one) => total + one.open, 0));
      expect(sum(samples)).toBeGreaterThan(0);
    },
    'Time until written': totals(0),
    'Source lag': each('source', { crm: expect.any(Number) as number }),
    'Events not taken yet': totals(0),
    // Until the last bucket: who waited longer is not told apart.
    'Change seen until visible in Twenty': (_, total) => between(0, 24 * 3600)(total),
    'Change seen until visible in Twenty 2': (_, total) => between(0, 24 * 3600)(total),
    'Calls to Twenty': (_, total) => {
      expect(by(total, 'status')['200']).toBeGreaterThan(0);
      expect(by(total, 'status')).not.toHaveProperty('429');
    },
    Waiting: (_, total) => expect(by(total, 'cause').budget).toBeGreaterThan(0),
    Budget: between(0, LIMIT),
    'Budget 2': totals(LIMIT),
    'Records settled': (_, total) => {
      expect(by(total, 'outcome').applied).toBeGreaterThanOrEqual(KNOWN.applied);
      expect(by(total, 'outcome')['dead-lettered']).toBe(KNOWN.dead);
    },
    'Records a call': (_, total) => {
      expect(total.length).toBeGreaterThan(0);
      between(1, 60)(total);
    },
    'Source events': (_, total) => {
      const of = (op: string) => sum(total.filter(({ labels }) => labels.op === op));
      expect([of('UPSERT'), of('DELETE')]).toEqual([KNOWN.upserts, KNOWN.deletes]);
    },
    'Both sides': (samples) => {
      const of = (side: string) => sum(samples.filter(({ labels }) => labels.side === side));
      expect([of('source'), of('log')]).toEqual([KNOWN.rows, KNOWN.live]);
      // The call that stays brought an entry of a list with it, which is nobody's by now.
      expect(of('twenty')).toBe(of('written') + KNOWN.kept);
    },
    Differences: totals(0),
    'Where every record stands': each('class', {
      applied: KNOWN.applied,
      merged: KNOWN.merged,
      held: KNOWN.held,
      'dead-lettered': KNOWN.dead,
      excluded: 0,
      'on-the-way': 0,
    }),
    'Rejected rows': (samples) => {
      const { note, ...others } = by(samples, 'object');
      expect(note).toBe(KNOWN.rejected);
      expect(new Set(Object.values(others))).toEqual(new Set([0]));
    },
    'Held, by reason': each('reason', { SINK_OWNER_UNRESOLVED: 1, SINK_PARENT_UNDECIDED: 2 }),
    'Dead letters, by reason': totals(KNOWN.dead),
    'Objects stopped': totals(0),
    'Parked, by attempt': totals(0),
    'Foreign messages, and notices on their way': totals(0),
    'Foreign messages, and notices on their way 2': totals(0),
    'Age of the oldest event not taken': totals(0),
    'Where every file stands': each('class', { ...ZERO_CLASSES, linked: 1 }),
    'Bytes of files': (_, total) => expect(by(total, 'step')).toEqual({ staged: OFFER.length, uploaded: OFFER.length }),
    'Files unaccounted for': totals(0),
    Processes: (samples) => expect(samples.some(({ value }) => value === 1)).toBe(true),
    'Rows of several records': totals(KNOWN.merged),
    'Cut links': each('object', { deal: KNOWN.cut }),
    'Kept rows': each('object', { call: KNOWN.kept }),
    'Adopted rows': each('how', { 'taken-over': KNOWN.adopted }),
  };

  test.each(targets)('"$name" returns what is known of the run: $expr', async ({ name, expr }) => {
    const expected = EXPECTED[name];
    if (expected === undefined) throw new Error(`nobody said what "${name}" returns`);
    const samples = await query(asAsked(expr, INTERVAL));
    expect(samples.length, expr).toBeGreaterThan(0);
    await expected(samples, await query(counted(asAsked(expr, INTERVAL))));
  });

  test('every metric of the dashboard is one that the program has: a query that ends in a zero would hide another name', async () => {
    const scrape = await (await fetch(`${daemon.url}/metrics`)).text();
    const named = targets.flatMap(({ expr }) => expr.match(/changeover_[a-z_]+/g) ?? []);
    const missing = named.filter((name) => {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      return ![name, family].some((one) => scrape.includes(`# TYPE ${one} `));
    });
    expect(missing).toEqual([]);
    expect(Object.keys(EXPECTED).filter((name) => !targets.some((target) => target.name === name))).toEqual([]);
  });

  test('both sides have the number of people that the workspace has', async () => {
    const people = await query('changeover_reconciliation_records{object="person"}');
    const inTwenty = deployment.sandbox.dump('person').filter((row) => row.deletedAt === null).length;
    expect(by(people, 'side')).toEqual({ written: inTwenty, twenty: inTwenty });
  });

  test('events, calls and batches add up', async () => {
    expect(sum(await query('changeover_sink_apply_seconds_count'))).toBeGreaterThanOrEqual(KNOWN.applied);
    // Exactly the calls that the workspace saw, polls included: the two are the same between two polls.
    await until('both have counted the same calls', async () => {
      const counted = sum(await prometheus.query('changeover_twenty_requests_total'));
      // The bytes of a file go to the workspace's storage, which is no call of its interface.
      const seen = deployment.sandbox.counters().filter(({ api }) => api !== 'file');
      return counted === seen.reduce((total, one) => total + one.calls, 0) ? true : null;
    });
  });

  test('the lag is the age of the newest export', async () => {
    const [lag] = await asked('Source lag');
    const age = (Date.now() - Date.parse('2026-03-04T04:00:00Z')) / 1000;
    expect(Math.abs((lag?.value ?? 0) - age)).toBeLessThan(30);
  });

  test('promtool finds nothing to say against the metrics', async () => {
    const scrape = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(execFileSync(prometheus.promtool, ['check', 'metrics'], { input: scrape, encoding: 'utf8' })).toBe('');
  });
});
