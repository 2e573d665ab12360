import type { ErrorCode } from '../../src/core/error-codes.ts';
import type { Step } from '../../src/core/ports.ts';

/** What a deployment stands on: files and one process, or servers and any number of processes. */
export const SHAPES = ['embedded', 'scaled-out'] as const;
export type Shape = (typeof SHAPES)[number];

/** Where a process is when something happens to it. */
export const PLACES = [
  'after-poll',
  'before-append',
  'after-append',
  'before-checkpoint',
  'after-checkpoint',
  'outcome-before-offset',
  'before-intent',
  'after-intent',
  'call-unanswered',
  'answer-before-outcome',
  'half-applied-batch',
  'while-parked',
  'while-released',
] as const;
export type Place = (typeof PLACES)[number];

/** What happens to it. */
export const FAULTS = [
  'killed',
  'terminated',
  'connection-cut',
  'frozen',
  'late-answer',
  'state-restored',
  'log-shortened',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What must come of it. */
export type Cell =
  /** Everything comes to rest with the contents of an undisturbed run. Another process that tries meanwhile is refused with `refused`. */
  | { readonly kind: 'holds'; readonly refused?: ErrorCode }
  /** It stops with this code before any damage; once a person has done what the code's hint says, the contents are the same too. */
  | { readonly kind: 'stops'; readonly code: ErrorCode }
  | { readonly kind: 'cannot-happen'; readonly because: string };

export type Row = Readonly<Record<Fault, Cell>>;
export type Table = Readonly<Record<Shape, Readonly<Record<Place, Row>>>>;

/** Who may answer late. */
export type Asked = 'log' | 'state' | 'twenty';

/** How a place is found. */
export interface PlaceEntry {
  readonly name: string;
  /** What is done there and what is not. */
  readonly meaning: string;
  /** The step at which the process stands still (src/sink/SPEC.md §6). */
  readonly step: Step;
  /** At which passing of the step. */
  readonly pass: number;
}

export const PLACE: Readonly<Record<Place, PlaceEntry>> = {
  'after-poll': {
    name: 'after the poll',
    meaning: 'a page came from the source; nothing of it is kept',
    step: 'after-poll',
    pass: 2,
  },
  'before-append': {
    name: 'before the append',
    meaning: 'the events of the page have their ordering keys; the log has none of them',
    step: 'before-append',
    pass: 2,
  },
  'after-append': {
    name: 'after the append',
    meaning: 'the events are in the log; the checkpoint says nothing of them',
    step: 'after-append',
    pass: 2,
  },
  'before-checkpoint': {
    name: 'before the checkpoint',
    meaning: 'inside the transaction that moves the checkpoint; it is not committed',
    step: 'before-checkpoint',
    pass: 2,
  },
  'after-checkpoint': {
    name: 'after the checkpoint',
    meaning: 'the checkpoint is committed',
    step: 'after-checkpoint',
    pass: 2,
  },
  'outcome-before-offset': {
    name: 'outcome before the offset',
    meaning: "events and position are committed in the state; the log's copy of the position is not",
    step: 'after-intake',
    pass: 2,
  },
  'before-intent': {
    name: 'before the intent',
    meaning: 'a batch is chosen; the state knows nothing of the call',
    step: 'before-intent',
    pass: 2,
  },
  'after-intent': {
    name: 'after the intent',
    meaning: 'the intent is committed; the call is not sent',
    step: 'before-call',
    pass: 2,
  },
  'call-unanswered': {
    name: 'call sent without an answer',
    meaning: 'Twenty has done the call; its answer is on the way',
    step: 'before-call',
    pass: 2,
  },
  'answer-before-outcome': {
    name: 'answer before the outcome',
    meaning: 'the answer came; the outcome is not committed',
    step: 'after-answer',
    pass: 2,
  },
  'half-applied-batch': {
    name: 'half-applied batch',
    meaning: 'Twenty wrote the first half of an upsert and answered with an error; the state knows nothing of it',
    step: 'after-answer',
    pass: 1,
  },
  'while-parked': {
    name: 'while parked',
    meaning: 'Twenty refused a record by itself, and it is parked until its next attempt',
    step: 'parked',
    pass: 1,
  },
  'while-released': {
    name: 'while released',
    meaning: "the parked record's time has come, and the plan that takes it is committed; its call is not made",
    step: 'after-release',
    pass: 1,
  },
};

export const FAULT: Readonly<Record<Fault, { readonly name: string; readonly meaning: string }>> = {
  killed: { name: 'kill -9', meaning: 'the process is killed, and another one is started' },
  terminated: {
    name: 'SIGTERM',
    meaning: 'the process is asked to stop, ends in order (exit code 0), and another one is started',
  },
  'connection-cut': {
    name: 'connection cut',
    meaning: 'every connection of the process is cut, to Twenty and to the servers; the same process goes on',
  },
  frozen: {
    name: 'SIGSTOP beyond the lease',
    meaning:
      'the process is stopped until its leases are over, another one is started, which takes over where it may (and writes a newer export too), and then it is continued',
  },
  'late-answer': {
    name: 'answer after the timeout',
    meaning:
      'what is asked next of Twenty, Kafka or PostgreSQL is answered only after the process has given it up; the same process goes on',
  },
  'state-restored': {
    name: 'state from an older backup',
    meaning: 'the process is killed, and the state becomes a backup from before the export that was on its way',
  },
  'log-shortened': {
    name: "log's start past the position",
    meaning: 'the process is killed, and everything in the log is removed, with something that was not taken in',
  },
};

const HOLDS: Cell = { kind: 'holds' };
const REFUSED: Cell = { kind: 'holds', refused: 'BUS_LOCKED' };
const SHORTENED: Cell = { kind: 'stops', code: 'BUS_POSITION_OUT_OF_LOG' };
const cannot = (because: string): Cell => ({ kind: 'cannot-happen', because });

const IN_FILES = cannot('source, log and state are files here: this step asks nobody over a connection');
const ANSWERED = cannot('the answer of the call is there already; the next one is the row before');

/** Between the source and the state, all in files. */
const IN_FILES_ROW: Row = {
  killed: HOLDS,
  terminated: HOLDS,
  'connection-cut': IN_FILES,
  frozen: REFUSED,
  'late-answer': IN_FILES,
  'state-restored': HOLDS,
  'log-shortened': SHORTENED,
};

/** At the writer, whose calls go over a connection. */
const CALLING_ROW: Row = { ...IN_FILES_ROW, 'connection-cut': HOLDS, 'late-answer': HOLDS };

const EMBEDDED: Readonly<Record<Place, Row>> = {
  'after-poll': IN_FILES_ROW,
  'before-append': IN_FILES_ROW,
  'after-append': IN_FILES_ROW,
  'before-checkpoint': IN_FILES_ROW,
  'after-checkpoint': IN_FILES_ROW,
  'outcome-before-offset': IN_FILES_ROW,
  'before-intent': CALLING_ROW,
  'after-intent': CALLING_ROW,
  'call-unanswered': CALLING_ROW,
  'answer-before-outcome': { ...CALLING_ROW, 'late-answer': ANSWERED },
  'half-applied-batch': CALLING_ROW,
  'while-parked': CALLING_ROW,
  'while-released': CALLING_ROW,
};

/** On servers every step asks somebody over a connection, and another process may take over. */
const ON_SERVERS_ROW: Row = {
  killed: HOLDS,
  terminated: HOLDS,
  'connection-cut': HOLDS,
  frozen: HOLDS,
  'late-answer': HOLDS,
  'state-restored': HOLDS,
  'log-shortened': SHORTENED,
};

const SCALED_OUT: Readonly<Record<Place, Row>> = {
  'after-poll': ON_SERVERS_ROW,
  'before-append': ON_SERVERS_ROW,
  'after-append': ON_SERVERS_ROW,
  'before-checkpoint': ON_SERVERS_ROW,
  'after-checkpoint': ON_SERVERS_ROW,
  'outcome-before-offset': ON_SERVERS_ROW,
  'before-intent': ON_SERVERS_ROW,
  'after-intent': ON_SERVERS_ROW,
  'call-unanswered': ON_SERVERS_ROW,
  'answer-before-outcome': ON_SERVERS_ROW,
  'half-applied-batch': ON_SERVERS_ROW,
  'while-parked': ON_SERVERS_ROW,
  'while-released': ON_SERVERS_ROW,
};

/** What must come of every fault at every place. */
export const TABLE: Table = { embedded: EMBEDDED, 'scaled-out': SCALED_OUT };

/** Who is asked next at a place, and answers too late. */
export const ASKED_NEXT: Readonly<Record<Place, Asked>> = {
  'after-poll': 'log',
  'before-append': 'log',
  'after-append': 'state',
  'before-checkpoint': 'state',
  'after-checkpoint': 'log',
  'outcome-before-offset': 'log',
  'before-intent': 'twenty',
  'after-intent': 'twenty',
  'call-unanswered': 'twenty',
  'answer-before-outcome': 'state',
  'half-applied-batch': 'twenty',
  'while-parked': 'twenty',
  'while-released': 'twenty',
};
