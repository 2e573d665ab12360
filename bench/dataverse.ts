// A delta of so many changes spread over so many tables of an environment of Dataverse: calls that reading it takes, beside the
// least possible. Counted at the environment, so that nothing is left out; no time is measured.
import { Follower } from '../connectors/dataverse/testing.ts';
import { type Call, startDataverseSandbox } from '../sandbox/dataverse/index.ts';
import { SimulatedClock } from '../src/core/clock.ts';
import { seededRandom } from '../src/core/random.ts';
import type { BenchResult } from './result.ts';

export interface DataverseBenchOptions {
  /** Changes in all, spread evenly. Default 600. */
  readonly changes?: number;
  /** Tables that change, at most nine. Default 9. */
  readonly tables?: number;
}

/** Tracked ones, activities among them: who took part in those is in a table of its own. */
const TABLES = [
  'account',
  'contact',
  'lead',
  'opportunity',
  'incident',
  'task',
  'phonecall',
  'email',
  'product',
] as const;
const ACTIVITIES: ReadonlySet<string> = new Set(['task', 'phonecall', 'email']);
const TITLE: Readonly<Record<string, string>> = {
  account: 'name',
  opportunity: 'name',
  product: 'name',
  incident: 'title',
};
/** Rows per page of the connector, and activities whose parties one call asks for: the longest URL allows no more. */
const PAGE = 250;
const PARTIES = 40;
/** E-mails whose files one call asks for, where none says that it has no file. */
const ATTACHMENTS = 40;
/** The version of the definitions, once per look. */
const VERSION_CALLS = 1;

export async function benchDataverse({ changes = 600, tables = 9 }: DataverseBenchOptions): Promise<BenchResult> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const sandbox = await startDataverseSandbox({ clock, random: seededRandom(5), limits: null });
  try {
    const names = TABLES.slice(0, tables);
    const each = Math.ceil(changes / names.length);
    const change = (table: string, at: number) =>
      sandbox.organisation.create(table, {
        [TITLE[table] ?? (ACTIVITIES.has(table) ? 'subject' : 'lastname')]: `Row ${at}`,
      });
    for (const table of names) change(table, 0);
    const follower = new Follower(sandbox, clock);
    for (const table of names) await follower.follow(table);
    await clock.advance(60_000);
    const empty = await callsOf(sandbox, follower, names);
    for (const table of names) for (let at = 0; at < each; at += 1) change(table, at + 1);
    await clock.advance(60_000);
    const full = await callsOf(sandbox, follower, names);
    const pages = names.length * Math.max(1, Math.ceil(each / PAGE));
    const parties = names.filter((name) => ACTIVITIES.has(name)).length * Math.ceil(each / PARTIES);
    const found = names.reduce((sum, name) => sum + follower.of(name).size, 0);
    const attachments = names.includes('email') ? Math.ceil(each / ATTACHMENTS) : 0;
    const bound = pages + parties + attachments + VERSION_CALLS;
    return {
      bench: 'dataverse',
      figures: {
        changes: each * names.length,
        tables: names.length,
        calls: full.length,
        'calls for rows': full.filter(({ url }) => /deltatoken/.test(url)).length,
        'calls for parties': full.filter(({ url }) => /activityparties/.test(url)).length,
        'calls for files of e-mails': full.filter(({ url }) => /activitymimeattachments/.test(url)).length,
        'least calls for rows': pages,
        'calls without changes': empty.length,
        'least calls without changes': names.length,
        'records that arrived': found,
      },
      goals: {
        calls: `<= ${bound}: a call per page of ${PAGE} rows, one per ${PARTIES} activities for their parties, one per ${ATTACHMENTS} e-mails for their files, one for the version of the definitions`,
        'calls without changes': `<= ${names.length + VERSION_CALLS}`,
        'records that arrived': `= ${names.length * (each + 1)}`,
      },
      holds:
        full.length <= bound && empty.length <= names.length + VERSION_CALLS && found === names.length * (each + 1),
    };
  } finally {
    await sandbox.close();
  }
}

async function callsOf(
  sandbox: { readonly clearCalls: () => void; readonly calls: () => readonly Call[] },
  follower: Follower,
  tables: readonly string[],
): Promise<readonly Call[]> {
  sandbox.clearCalls();
  for (const table of tables) await follower.follow(table);
  // A token may be renewed meanwhile; that is no read.
  return sandbox.calls().filter(({ url }) => url.includes('/api/data/'));
}
