import {
  CALL_SUBJECTS,
  EMAIL_SUBJECTS,
  MEETING_PLACES,
  MEETING_SUBJECTS,
  NOTE_TITLES,
  PHRASES,
} from '../../samples/smart-crm-online/words.ts';
import { PARTICIPATION } from '../model/standard/activities.ts';
import type { FileContent } from '../store/files.ts';
import type { Party } from '../store/organisation.ts';
import type { Reference, Values } from '../store/rows.ts';
import type { Writing } from './writing.ts';

export interface SampleRows {
  readonly owners: readonly Reference[];
  readonly accounts: readonly Reference[];
  readonly contacts: readonly Reference[];
  readonly leads: readonly Reference[];
  readonly opportunities: readonly Reference[];
  readonly cases: readonly Reference[];
}

const KINDS = ['task', 'phonecall', 'appointment', 'email'] as const;
type Kind = (typeof KINDS)[number];

/** Bytes of the one large file; most others are a few kilobytes, one is empty. */
export const LARGE_FILE = 20 * 1024 * 1024;

/** Tasks, calls, meetings and mails with their parties, and notes with files. One in forty leads to no record. */
export function writeActivities(writing: Writing, rows: SampleRows): void {
  for (let at = 0; at < writing.sizes.activities; at += 1) {
    const kind = KINDS[at % KINDS.length] ?? 'task';
    const lost = at % 40 === 0;
    const owner = writing.pick(rows.owners);
    const start = writing.moment();
    const target = writing.row(kind, at, {
      ...OF_KIND[kind](writing),
      description: writing.chance(0.7) ? writing.pick(PHRASES) : null,
      scheduledstart: start,
      scheduledend: writing.instant(Date.parse(start) + 3_600_000),
      actualdurationminutes: writing.whole(1, 90),
      statecode: writing.pick([0, 1, 1, 1]),
      regardingobjectid: lost ? null : regarding(writing, rows),
      ownerid: owner,
    });
    if (kind !== 'task') writing.organisation.setParties(target, parties(writing, rows, kind, owner, lost));
  }
  writeNotes(writing, rows);
}

const OF_KIND: Readonly<Record<Kind, (writing: Writing) => Values>> = {
  task: (writing) => ({ subject: writing.pick(CALL_SUBJECTS), percentcomplete: writing.whole(0, 100) }),
  phonecall: (writing) => ({ subject: writing.pick(CALL_SUBJECTS), directioncode: writing.chance(0.5) }),
  appointment: (writing) => ({ subject: writing.pick(MEETING_SUBJECTS), location: writing.pick(MEETING_PLACES) }),
  email: (writing) => ({
    subject: writing.pick(EMAIL_SUBJECTS),
    directioncode: writing.chance(0.5),
    senton: writing.moment(),
  }),
};

function regarding(writing: Writing, rows: SampleRows): Reference | null {
  const sets = [rows.accounts, rows.contacts, rows.opportunities, rows.opportunities, rows.leads];
  return writing.pick(writing.pick(sets));
}

function parties(writing: Writing, rows: SampleRows, kind: Kind, owner: Reference, lost: boolean): Party[] {
  const meeting = kind === 'appointment';
  const other = (): Party => ({
    party: writing.pick(writing.chance(0.9) ? rows.contacts : rows.accounts),
    mask: meeting ? PARTICIPATION.requiredattendees : PARTICIPATION.to,
  });
  const stranger: Party = {
    party: null,
    mask: meeting ? PARTICIPATION.optionalattendees : PARTICIPATION.to,
    address: 'stranger@else.example',
  };
  return [
    { party: owner, mask: meeting ? PARTICIPATION.organizer : PARTICIPATION.from },
    ...(lost ? [stranger] : Array.from({ length: writing.whole(1, 2) }, other)),
    ...(writing.chance(0.05) ? [stranger] : []),
  ];
}

function writeNotes(writing: Writing, rows: SampleRows): void {
  for (let at = 0; at < writing.sizes.annotation; at += 1) {
    const parent = writing.pick(writing.pick([rows.accounts, rows.contacts, rows.opportunities, rows.cases]));
    const note = writing.row('annotation', at, {
      subject: writing.pick(NOTE_TITLES) || null,
      notetext: writing.pick(PHRASES),
      objectid: parent,
      ownerid: writing.pick(rows.owners),
    });
    const size = at === 0 ? LARGE_FILE : at === 1 ? 0 : writing.whole(200, 40_000);
    const content: FileContent = { kind: 'made', size, seed: at + 1, head: new TextEncoder().encode('%PDF-1.7\n') };
    writing.organisation.attach('annotation', note.id, 'documentbody', `file-${at}.pdf`, 'application/pdf', content);
  }
}
