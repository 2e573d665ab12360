import type { Step } from '../../src/core/ports.ts';
import type { Rest } from '../kill/process.ts';

/** How a process begins; the first line of its standard input. */
export interface Birth {
  readonly configuration: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How far its clock runs ahead of the machine's, milliseconds. */
  readonly aheadMs: number;
  /** A backup that the state becomes before anything else happens. */
  readonly restore: string | null;
}

/** What a process is told to do afterwards, a line each. */
export type Order =
  /** Reads, takes in and writes until everything has come to rest; stands still at each of these steps. */
  | { readonly do: 'settle'; readonly stops: readonly Step[] }
  | { readonly do: 'backup'; readonly file: string }
  | { readonly do: 'end' };

/** How a process that stands still goes on; comes by a pipe of its own, which can be waited for without the event loop. */
export interface Go {
  readonly stops: readonly Step[];
  /** It is so much later now, as if it had stood still for as long. */
  readonly laterMs: number;
}

/** Where a source record stands, `class (reason)`, by its key. */
export type Ends = Readonly<Record<string, string>>;

/** What a process tells, a line each. */
export type Said =
  | { readonly said: 'step'; readonly step: Step }
  /** It stands still at the step, until it is told to go on. */
  | { readonly said: 'here'; readonly step: Step }
  | { readonly said: 'rest'; readonly rest: AtRest }
  | { readonly said: 'done' }
  /** A warning or an error that was logged. */
  | { readonly said: 'logged'; readonly code: string | null; readonly message: string; readonly detail: string | null }
  /** It ends, by this error. */
  | { readonly said: 'failed'; readonly code: string; readonly message: string };

/** What stands in the state once everything has come to rest. */
export interface AtRest extends Rest {
  readonly ends: Ends;
  readonly openIntents: number;
}
