import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, type Logger, NO_STEPS, type Steps } from '../../core/ports.ts';
import type { Checkpoint, ConnectorContext, Page, SourceRecord } from '../connector.ts';
import { ExportSource } from './export-source.ts';
import type { ExportProfile, ExportSourceOptions } from './profile.ts';

/** For the tests of this folder: a drop folder and a work folder of their own, and a clock that moves only when it sleeps. */

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

export class SteppedClock implements Clock {
  time = Date.UTC(2026, 2, 1, 12);
  /** Called before every sleep, with the number of the sleep from 1. */
  onSleep: (sleeps: number) => void = () => undefined;
  sleeps = 0;

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps += 1;
    this.onSleep(this.sleeps);
    this.time += ms;
  }
}

export interface Bench {
  readonly drop: string;
  readonly clock: SteppedClock;
  readonly answers: Map<string, string>;
  readonly context: ConnectorContext;
  /** Writes a file below the drop folder, with a fixed time unless given. */
  put(path: string, content: string | Uint8Array, modified?: Date): string;
}

export function bench(steps: Steps = NO_STEPS): Bench {
  const root = mkdtempSync(join(tmpdir(), 'changeover-export-'));
  const drop = join(root, 'drop');
  mkdirSync(drop);
  const clock = new SteppedClock();
  const answers = new Map<string, string>();
  let uuids = 0;
  const uuid = (): string => {
    uuids += 1;
    return `uuid-${uuids}`;
  };
  const context: ConnectorContext = {
    clock,
    random: { next: () => 0.5, uuid },
    http: { send: () => Promise.reject(new Error('no HTTP here')) },
    logger: SILENT,
    steps,
    workFolder: join(root, 'work'),
    answers: () => Promise.resolve(answers),
  };
  const put = (path: string, content: string | Uint8Array, modified = new Date(Date.UTC(2026, 1, 1))): string => {
    const whole = join(drop, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    utimesSync(whole, modified, modified);
    return whole;
  };
  return { drop, clock, answers, context, put };
}

export const CONTACTS: ExportProfile = {
  objects: [
    {
      name: 'contact',
      label: 'Contact',
      files: ['contacts*.csv'],
      presence: 'required',
      id: ['Contact ID', 'Kişi No'],
      columns: [
        { name: 'Email', aliases: ['E-posta'] },
        { name: 'Company ID', link: true, refersTo: ['company'] },
      ],
    },
    { name: 'note', label: 'Note', files: ['notes.csv'], presence: 'optional', id: ['Note ID'], columns: [] },
  ],
};

/** Everything that a read gave. */
export interface Reading {
  readonly pages: readonly Page[];
  readonly records: readonly SourceRecord[];
  readonly checkpoint: Checkpoint | null;
}

export async function readAll(pages: AsyncIterable<Page>): Promise<Reading> {
  const all: Page[] = [];
  for await (const page of pages) all.push(page);
  return { pages: all, records: all.flatMap((page) => page.records), checkpoint: all.at(-1)?.checkpoint ?? null };
}

export const HEADER = 'Contact ID,Email,Company ID,Notes\r\n';

export const signal = new AbortController().signal;

export function source(at: Bench, options: Partial<ExportSourceOptions> = {}): ExportSource {
  return new ExportSource(at.context, { source: 'crm', folder: at.drop, profile: CONTACTS, ...options });
}

/** Contacts C-from to C-to, one row each. */
export function rows(from: number, to: number, notes = 'ok'): string {
  let text = '';
  for (let i = from; i <= to; i += 1) text += `C-${i},p${i}@example.com,CO-${i % 7},${notes}\r\n`;
  return text;
}

/** Puts an export of contacts, taken on a day of March 2026. */
export function put(at: Bench, day: number, text: string | Uint8Array): void {
  at.put(`2026-03-${String(day).padStart(2, '0')}T0900/contacts.csv`, text);
}

/** Reads a first export to its end. */
export async function load(at: Bench, text: string, options: Partial<ExportSourceOptions> = {}): Promise<Checkpoint> {
  put(at, 1, text);
  return last(await readAll(source(at, options).snapshot('contact', null, signal)));
}

export function last(reading: Reading): Checkpoint {
  if (reading.checkpoint === null) throw new Error('the reading had no page');
  return reading.checkpoint;
}

export function changes(at: Bench, since: Checkpoint, options: Partial<ExportSourceOptions> = {}): Promise<Reading> {
  return readAll(source(at, options).changes('contact', since, signal));
}

export function told({ records }: Reading): string[] {
  return records.map(({ op, id }) => `${op} ${id}`);
}
