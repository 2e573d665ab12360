import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dialect, type Row, writeCsv } from '../smart-crm-online/dialect.ts';

/** How an administration writes its exports: names of files and headers where they are not the English ones, and the form. */
export interface Language {
  readonly files: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
}

export const ENGLISH: Language = {
  files: {},
  headers: {},
  dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8-bom' },
};

/** As a Turkish administration writes it, in the code page of Turkish Windows. */
export const TURKISH: Language = {
  files: {
    accounts: 'hesaplar',
    contacts: 'kisiler',
    leads: 'adaylar',
    deals: 'firsatlar',
    tasks: 'gorevler',
    calls: 'aramalar',
    users: 'kullanicilar',
    tickets: 'talepler',
    ticket_messages: 'mesajlar',
  },
  headers: {
    'Account ID': 'Hesap No',
    'Account Name': 'Hesap Adı',
    'Contact ID': 'Kişi No',
    'First Name': 'Adı',
    'Last Name': 'Soyadı',
    Email: 'E-posta',
    Owner: 'Sorumlu',
    'Deal ID': 'Fırsat No',
    Stage: 'Aşama',
    Industry: 'Sektör',
    'Ticket ID': 'Talep No',
    Assignee: 'Atanan',
    Attachments: 'Ekler',
  },
  dialect: { delimiter: ';', newline: '\r\n', encoding: 'windows-1254' },
};

/** Writes an export into a folder of its own. A table without rows has its header alone, where `columns` names it. */
export function writeExport(
  folder: string,
  tables: Readonly<Record<string, readonly Row[]>>,
  { files, headers, dialect }: Language,
  columns: Readonly<Record<string, readonly string[]>> = {},
): void {
  mkdirSync(folder, { recursive: true });
  for (const [table, rows] of Object.entries(tables)) {
    const named = columns[table] ?? Object.keys(rows[0] ?? {});
    const written = rows.map((row) =>
      Object.fromEntries(named.map((column) => [headers[column] ?? column, row[column] ?? ''])),
    );
    const bytes = writeCsv(
      named.map((column) => headers[column] ?? column),
      written,
      dialect,
    );
    writeFileSync(join(folder, `${files[table] ?? table}.csv`), bytes);
  }
}
