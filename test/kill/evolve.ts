import { Chooser, callRow, emailRow, meetingRow, noteRow } from '../../sandbox/samples/smart-crm-online/activities.ts';
import { LAST_MINUTE } from '../../sandbox/samples/smart-crm-online/common.ts';
import type { Row } from '../../sandbox/samples/smart-crm-online/dialect.ts';
import { companyRow, contactRow, dealRow, ONLY_NAMED } from '../../sandbox/samples/smart-crm-online/first.ts';
import type { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import { dayAndTime, isoTime, turkishNumber } from '../../sandbox/samples/smart-crm-online/tables.ts';
import { DISPOSITIONS, JOB_TITLES, STAGES, TIERS } from '../../sandbox/samples/smart-crm-online/words.ts';
import type { Tables } from './exports.ts';

const WEEK_MINUTES = 10_080;
/** Rows that leave the export each time: fewer than anybody would be asked about. */
const GONE = { contact: 3, deal: 2, call: 4, email: 3, meeting: 2, note: 3 } as const;
const NEW = { contact: 9, deal: 5, call: 7, email: 5, meeting: 3, note: 6 } as const;

export interface Evolved {
  readonly tables: Tables;
  /** A contact that left with this export. */
  readonly left: Row | undefined;
}

/**
 * The next export: rows changed, gone, new, in another order. `back` is a contact that an earlier export no longer had and
 * that is there again, as the very same. `changed` is the share of each table's rows that change.
 */
export function evolve(
  random: SeededRandom,
  before: Tables,
  round: number,
  back: Row | undefined,
  changed: number,
): Evolved {
  const tables = Object.fromEntries(Object.entries(before).map(([name, rows]) => [name, new Map(rows)])) as Tables;
  const at = (): number => LAST_MINUTE + (round - 1) * WEEK_MINUTES + random.integer(600, 9000);
  change(random, tables, at, changed);
  const left = remove(random, tables);
  add(random, tables, round, at);
  if (back !== undefined) tables.contact.set(back['Contact ID'] ?? '', back);
  tables.contact = new Map(random.shuffled([...tables.contact]));
  tables.note = new Map(random.shuffled([...tables.note]));
  return { tables, left };
}

function change(random: SeededRandom, tables: Tables, at: () => number, changed: number): void {
  const some = (table: Map<string, Row>, edit: (row: Row) => Row): void => {
    for (const id of random.sample([...table.keys()], Math.ceil(table.size * changed))) {
      const row = table.get(id);
      if (row !== undefined) table.set(id, { ...row, ...edit(row) });
    }
  };
  const stamp = (header = 'Modified'): Row => ({ [header]: dayAndTime(at()) });
  some(tables.company, () => ({
    ...(random.chance(0.5)
      ? { Employees: turkishNumber(random.integer(3, 2000), 0) }
      : { 'Customer Tier': random.pick(TIERS) }),
    ...stamp(),
  }));
  some(tables.contact, () => ({
    'Job Title': random.pick(JOB_TITLES),
    Tags: random.pick(['', 'VIP', 'VIP, Sector: Textile', 'Sector: Automotive']),
    ...stamp(),
  }));
  some(tables.deal, (row) => {
    const next = random.pick(STAGES.filter(({ pipeline }) => pipeline === row.Pipeline));
    return { Stage: next.stage, Value: turkishNumber(random.integer(50_000, 9_000_000) / 100), ...stamp() };
  });
  some(tables.call, () => ({ Disposition: random.pick(DISPOSITIONS), ...stamp() }));
  some(tables.email, (row) => ({ Body: `${row.Body} (düzeltildi)` }));
  some(tables.meeting, () => ({ Yer: `İptal / moved to room ${random.integer(1, 99)}`, ...stamp('Güncelleme') }));
  some(tables.note, (row) => ({ Body: `${row.Body} – güncellendi ✅`, ...stamp() }));
}

/** Takes rows out, whether or not others still speak of them. Gives the last contact that left. */
function remove(random: SeededRandom, tables: Tables): Row | undefined {
  let left: Row | undefined;
  for (const [name, count] of Object.entries(GONE) as [keyof typeof GONE, number][]) {
    const table = tables[name];
    for (const id of random.sample([...table.keys()], count)) {
      if (name === 'contact') left = table.get(id);
      table.delete(id);
    }
  }
  return left;
}

function add(random: SeededRandom, tables: Tables, round: number, at: () => number): void {
  addCompany(random, tables, round, dayAndTime(at()));
  const employers = [...tables.company.values()];
  const fresh = (): Row => {
    const time = dayAndTime(at());
    return { Created: time, Modified: time };
  };
  for (let index = 0; index < NEW.contact; index += 1) addContact(random, tables, round * 100 + index, index, fresh());
  const people = [...tables.contact.values()].filter((row) => row['Company ID'] !== '');
  const put = (table: Map<string, Row>, count: number, prefix: string, row: (id: string) => Row): void => {
    for (let index = 0; index < count; index += 1) {
      const id = `${prefix}${round * 100 + index}`;
      table.set(id, row(id));
    }
  };
  put(tables.deal, NEW.deal, 'D9', (id) => ({
    ...dealRow(random, id, random.pick(employers), random.pick(people)),
    ...fresh(),
  }));
  const choose = new Chooser(random, tables);
  put(tables.call, NEW.call, 'CL9', (id) => {
    const time = dayAndTime(at());
    return { ...callRow(random, id, choose), 'Call Time': time, Modified: time };
  });
  put(tables.email, NEW.email, 'EM9', (id) => ({ ...emailRow(random, id, choose), Sent: isoTime(at()) }));
  put(tables.meeting, NEW.meeting, 'TP9', (id) => {
    const start = at();
    const times = { Başlangıç: dayAndTime(start), Bitiş: dayAndTime(start + 60), Güncelleme: dayAndTime(start) };
    return { ...meetingRow(random, id, choose), ...times };
  });
  put(tables.note, NEW.note, 'N9', (id) => ({ ...noteRow(random, id, choose), ...fresh() }));
}

/** A company that only contacts named so far becomes a real one: its placeholder has to go. */
function addCompany(random: SeededRandom, tables: Tables, round: number, time: string): void {
  const id = `C-${String(900 + round).padStart(4, '0')}`;
  const name = ONLY_NAMED[round % ONLY_NAMED.length] ?? '';
  const times = { Created: time, Modified: time, Archived: 'No' };
  tables.company.set(id, { ...companyRow(random, id, name, round % 2 === 0), ...times });
}

/** The first of each export is somebody who is there already under the same address; the second one names a new firm. */
function addContact(random: SeededRandom, tables: Tables, number: number, index: number, fresh: Row): void {
  const id = String(700_000 + number);
  const company = random.pick([...tables.company.values()]);
  const employer =
    index === 1
      ? { companyId: '', companyName: `Only named ${number}` }
      : { companyId: company['Company ID'] ?? '', companyName: company['Company Name'] ?? '' };
  const turkish = index % 2 === 0;
  const seed = { id, given: turkish ? 'Yeni' : 'Nova', family: `Kişi ${number}`, turkish, ...employer };
  const known = random.pick([...tables.contact.values()].filter((row) => (row.Email ?? '') !== ''));
  const twin = index === 0 ? { Email: known.Email ?? '' } : {};
  tables.contact.set(id, { ...contactRow(random, seed), ...twin, ...fresh });
}
