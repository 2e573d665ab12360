import { Chooser, callRow, emailRow, meetingRow, noteRow } from './activities.ts';
import { COUNTS, LAST_MINUTE } from './common.ts';
import type { Row } from './dialect.ts';
import { companyRow, contactRow, dealRow, ONLY_NAMED } from './first.ts';
import type { SeededRandom } from './random.ts';
import { dayAndTime, type Export, isoTime, turkishNumber } from './tables.ts';
import { DISPOSITIONS, JOB_TITLES, STAGES, TIERS } from './words.ts';

type Tables = Record<keyof Export, Map<string, Row>>;

/** New rows of the second export. */
export const NEW = { contact: 30, deal: 15, call: 24, email: 26, meeting: 10, note: 20 } as const;
/** Only-named companies that the second export has as real ones; of these contacts, every other one names the new id. */
export const BECOME_REAL = 6;

/** A week later: about 3 in 100 rows changed, a few new, fewer gone. Rows come in another order. */
export function secondExport(random: SeededRandom, first: Export): Export {
  const tables: Tables = { ...mapEntries(first) };
  remove(random, tables);
  change(random, tables);
  add(random, tables);
  return {
    ...tables,
    company: reordered(random, tables.company),
    contact: reordered(random, tables.contact),
    note: reordered(random, tables.note),
  };
}

function mapEntries(from: Export): Tables {
  const copy = <T extends ReadonlyMap<string, Row>>(rows: T): Map<string, Row> => new Map(rows);
  return {
    company: copy(from.company),
    contact: copy(from.contact),
    deal: copy(from.deal),
    call: copy(from.call),
    email: copy(from.email),
    meeting: copy(from.meeting),
    note: copy(from.note),
    stage: copy(from.stage),
    tag: copy(from.tag),
    owner: copy(from.owner),
  };
}

/** Within the week between the two exports. */
function thisWeek(random: SeededRandom): number {
  return LAST_MINUTE + random.integer(600, 9000);
}

/** Takes out contacts and deals that nothing else speaks of, and some activities, as a clean-up would. */
function remove(random: SeededRandom, tables: Tables): void {
  const spokenOf = new Set<string>();
  for (const table of [tables.call, tables.email, tables.meeting, tables.note]) {
    for (const row of table.values())
      for (const header of ['Contact ID', 'Deal ID', 'Kişi No', 'Fırsat No']) spokenOf.add(row[header] ?? '');
  }
  for (const row of tables.deal.values()) spokenOf.add(row['Contact ID'] ?? '');
  for (const row of tables.company.values()) spokenOf.add(row['Primary Contact ID'] ?? '');
  const free = (table: Map<string, Row>): string[] => [...table.keys()].filter((id) => !spokenOf.has(id));
  for (const id of random.sample(free(tables.contact), 12)) tables.contact.delete(id);
  for (const id of random.sample(free(tables.deal), 6)) tables.deal.delete(id);
  for (const [table, count] of [
    [tables.call, 10],
    [tables.email, 8],
    [tables.meeting, 4],
    [tables.note, 9],
  ] as const) {
    for (const id of random.sample([...table.keys()], count)) table.delete(id);
  }
}

function change(random: SeededRandom, tables: Tables): void {
  const some = (table: Map<string, Row>, edit: (row: Row) => Row): void => {
    for (const id of random.sample([...table.keys()], Math.round(table.size * 0.03))) {
      const row = table.get(id);
      if (row !== undefined) table.set(id, edit(row));
    }
  };
  const stamped = (header = 'Modified'): Row => ({ [header]: dayAndTime(thisWeek(random)) });
  some(tables.company, (row) => ({
    ...row,
    ...(random.chance(0.5)
      ? { Employees: turkishNumber(random.integer(3, 2000), 0) }
      : { 'Customer Tier': random.pick(TIERS) }),
    ...stamped(),
  }));
  some(tables.contact, (row) => ({
    ...row,
    'Job Title': random.pick(JOB_TITLES),
    Tags: random.pick(['', 'VIP', 'VIP, Key account']),
    ...stamped(),
  }));
  some(tables.deal, (row) => {
    const next = random.pick(STAGES.filter(({ pipeline }) => pipeline === row.Pipeline));
    const lost = next.outcome === 'lost' ? 'Price' : '';
    return {
      ...row,
      Stage: next.stage,
      'Lost Reason': lost,
      Value: turkishNumber(random.integer(50_000, 9_000_000) / 100),
      ...stamped(),
    };
  });
  some(tables.call, (row) => ({ ...row, Disposition: random.pick(DISPOSITIONS), ...stamped() }));
  some(tables.email, (row) => ({ ...row, Body: `${row.Body} (düzeltildi)` }));
  some(tables.meeting, (row) => ({ ...row, Yer: 'İptal / moved to Teams', ...stamped('Güncelleme') }));
  some(tables.note, (row) => ({ ...row, Body: `${row.Body} – güncellendi ✅`, ...stamped() }));
}

function add(random: SeededRandom, tables: Tables): void {
  for (let index = 0; index < BECOME_REAL; index += 1) {
    const name = ONLY_NAMED[index] ?? '';
    const id = `C-${String(COUNTS.company + index + 1).padStart(4, '0')}`;
    const at = dayAndTime(thisWeek(random));
    tables.company.set(id, {
      ...companyRow(random, id, name, index % 2 === 0),
      Created: at,
      Modified: at,
      Archived: 'No',
      'Old Fax': '',
    });
    const named = [...tables.contact].filter(([, row]) => row['Company Name'] === name);
    for (const [position, [contactId, row]] of named.entries()) {
      if (position % 2 === 0) tables.contact.set(contactId, { ...row, 'Company ID': id, Modified: at });
    }
  }
  const employers = [...tables.company.values()];
  const fresh = (): Row => {
    const at = dayAndTime(thisWeek(random));
    return { Created: at, Modified: at };
  };
  const repeated = [...tables.contact.values()].find((row) => row.Email !== '');
  for (let index = 1; index <= NEW.contact; index += 1) {
    const id = String((COUNTS.contact + index) * 7).padStart(6, '0');
    const company = random.pick(employers);
    const row = contactRow(random, {
      id,
      given: index % 2 === 0 ? 'Yeni' : 'Nova',
      family: `Kişi ${index}`,
      turkish: index % 2 === 0,
      companyId: company['Company ID'] ?? '',
      companyName: company['Company Name'] ?? '',
    });
    // One of the new ones is somebody who is there already, under the same address.
    const email = index === 1 ? { Email: repeated?.Email ?? '' } : {};
    tables.contact.set(id, { ...row, ...email, ...fresh() });
  }
  const people = [...tables.contact.values()].filter((row) => row['Company ID'] !== '');
  for (let index = 1; index <= NEW.deal; index += 1) {
    const id = `D${20000 + COUNTS.deal + index}`;
    tables.deal.set(id, { ...dealRow(random, id, random.pick(employers), random.pick(people)), ...fresh() });
  }
  const choose = new Chooser(random, tables);
  for (let index = 0; index < NEW.call; index += 1) {
    const id = `CL${100_001 + COUNTS.call + index}`;
    const at = dayAndTime(thisWeek(random));
    tables.call.set(id, { ...callRow(random, id, choose), 'Call Time': at, Modified: at });
  }
  for (let index = 0; index < NEW.email; index += 1) {
    const id = `EM${500_001 + COUNTS.email + index}`;
    tables.email.set(id, { ...emailRow(random, id, choose), Sent: isoTime(thisWeek(random)) });
  }
  for (let index = 0; index < NEW.meeting; index += 1) {
    const id = `TP${3_001 + COUNTS.meeting + index}`;
    const start = thisWeek(random);
    tables.meeting.set(id, {
      ...meetingRow(random, id, choose),
      Başlangıç: dayAndTime(start),
      Bitiş: dayAndTime(start + 60),
      Güncelleme: dayAndTime(start),
    });
  }
  for (let index = 0; index < NEW.note; index += 1) {
    const id = `N${70_001 + COUNTS.note + index}`;
    tables.note.set(id, { ...noteRow(random, id, choose), ...fresh() });
  }
}

function reordered(random: SeededRandom, rows: ReadonlyMap<string, Row>): Map<string, Row> {
  return new Map(random.shuffled([...rows]));
}
