import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Row, writeCsv } from '../../sandbox/samples/smart-crm-online/dialect.ts';
import { SHAPES, type TableName } from '../../sandbox/samples/smart-crm-online/tables.ts';
import { STAGES } from '../../sandbox/samples/smart-crm-online/words.ts';

export type Tables = Readonly<Record<TableName, readonly Row[]>>;

export const ANN = 'ann@firm.example';
export const BOB = 'bob@firm.example';
/** Owns records, but is no member at first. */
export const CARL = 'carl@firm.example';

const TABLES = Object.keys(SHAPES) as readonly TableName[];
const times = { Created: '05.01.2026 09:30', Modified: '17.02.2026 16:45' };

export function company(id: string, name: string, more: Row = {}): Row {
  return { 'Company ID': id, 'Company Name': name, Owner: ANN, Archived: 'No', ...times, ...more };
}

export function contact(id: string, first: string, last: string, more: Row = {}): Row {
  return {
    'Contact ID': id,
    'First Name': first,
    'Last Name': last,
    Email: `${first}.${last}@mail.example`.toLowerCase(),
    Owner: ANN,
    Archived: 'No',
    ...times,
    ...more,
  };
}

/**
 * A firm small enough to know by heart: 3 companies, 6 contacts (two under one address), 2 deals, 2 calls, an e-mail, a
 * meeting and a note. Of Carl: a company, its one contact, and a call with that contact.
 */
export function smallFirm(): Tables {
  return {
    company: [
      company('C1', 'Ada Ltd'),
      company('C2', 'Bosphorus A.Ş.', { Owner: BOB }),
      company('C3', 'Carl & Sons', { Owner: CARL }),
    ],
    contact: [
      contact('P1', 'Ada', 'King', { 'Company ID': 'C1', 'Company Name': 'Ada Ltd' }),
      contact('P2', 'Ayşe', 'Demir', {
        Email: 'ayse@mail.example',
        'Company ID': 'C2',
        'Company Name': 'Bosphorus A.Ş.',
      }),
      // The same person again, entered later.
      contact('P3', 'Ayşe', 'Demir', {
        Email: 'AYSE@mail.example',
        Created: '09.01.2026 09:30',
        'Company ID': 'C2',
        'Company Name': 'Bosphorus A.Ş.',
      }),
      contact('P4', 'Grace', 'Hill'),
      contact('P5', 'Carla', 'Stone', { 'Company ID': 'C3', 'Company Name': 'Carl & Sons' }),
      contact('P6', 'Noor', 'Banu', { 'Company Name': 'Only Named Ltd' }),
    ],
    deal: [
      {
        'Deal ID': 'D1',
        'Deal Name': 'Looms',
        Value: '12.500,50',
        Currency: 'GBP',
        Pipeline: 'New Business',
        Stage: 'Qualified',
        'Company ID': 'C1',
        Owner: ANN,
        Archived: 'No',
        ...times,
      },
      {
        'Deal ID': 'D2',
        'Deal Name': 'Ferries',
        Value: '990,00',
        Currency: 'TRY',
        Pipeline: 'Yenileme',
        Stage: 'Kazanıldı',
        'Contact ID': 'P2',
        Owner: BOB,
        Archived: 'No',
        ...times,
      },
    ],
    call: [
      {
        'Call ID': 'K1',
        Subject: 'Hello',
        Direction: 'Outbound',
        Disposition: 'Connected',
        'Duration (minutes)': '4',
        'Call Time': '13.02.2026 10:00',
        Owner: ANN,
        'Contact ID': 'P1',
        Modified: '13.02.2026 10:05',
      },
      {
        'Call ID': 'K2',
        Subject: 'Again',
        Direction: 'Inbound',
        Disposition: 'Busy',
        'Duration (minutes)': '1',
        'Call Time': '14.02.2026 10:00',
        Owner: ANN,
        'Contact ID': 'P5',
        Modified: '14.02.2026 10:05',
      },
    ],
    email: [
      {
        'Email ID': 'E1',
        Subject: 'Offer',
        Body: 'See you',
        Direction: 'Outgoing',
        Sent: '2026-02-15T09:00:00+03:00',
        From: ANN,
        To: 'ayse@mail.example',
        Owner: ANN,
        Attachments: '0',
      },
    ],
    meeting: [
      {
        'Toplantı No': 'M1',
        Konu: 'Demo',
        Başlangıç: '16.02.2026 10:00',
        Bitiş: '16.02.2026 11:00',
        Sorumlu: BOB,
        'Fırsat No': 'D1',
        Güncelleme: '16.02.2026 11:00',
      },
    ],
    note: [
      { 'Note ID': 'N1', Title: 'Background', Body: 'Knows her looms', Author: ANN, 'Company ID': 'C1', ...times },
    ],
    stage: STAGES.map((one, index) => ({
      'Stage ID': `S${index + 1}`,
      Pipeline: one.pipeline,
      Stage: one.stage,
      Order: String(one.order),
      Probability: one.probability,
      Outcome: one.outcome,
    })),
    tag: [],
    owner: [
      { 'Owner ID': 'U1', Name: 'Ann', Email: ANN, Active: 'Yes' },
      { 'Owner ID': 'U2', Name: 'Bob', Email: BOB, Active: 'Yes' },
      { 'Owner ID': 'U3', Name: 'Carl', Email: CARL, Active: 'Yes' },
    ],
  };
}

/** What stands where once the firm is loaded, while Carl is no member. */
export const AT_FIRST = { records: 16, applied: 12, merged: 1, held: 3 } as const;

/**
 * Puts a set into the drop folder as a careful person does: written beside it, then moved in whole.
 * `documents`: further files of the set, by their paths in it, that records name.
 */
export function dropTables(
  drop: string,
  tables: Tables,
  day: string,
  documents: Readonly<Record<string, string>> = {},
): void {
  const name = `export-${day}`;
  const beside = join(dirname(drop), `.${name}`);
  mkdirSync(beside, { recursive: true });
  mkdirSync(drop, { recursive: true });
  const files = TABLES.map((table) => {
    const { headers, dialect, file } = SHAPES[table];
    const bytes = writeCsv(headers, tables[table], dialect);
    writeFileSync(join(beside, file), bytes);
    return {
      path: file,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: tables[table].length,
    };
  });
  for (const [path, text] of Object.entries(documents)) {
    mkdirSync(dirname(join(beside, path)), { recursive: true });
    writeFileSync(join(beside, path), text);
  }
  writeFileSync(join(beside, 'manifest.json'), JSON.stringify({ exportedAt: `${day}T04:00:00Z`, files }));
  renameSync(beside, join(drop, name));
}
