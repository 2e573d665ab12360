/** What the program may touch of the outside world. Everything here comes in as an argument, so that a test can replace it. */

/** Time. `now` and `sleep` follow the same clock, so a simulated clock moves both. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump: order never depends on it. */
  now(): number;
  /** Milliseconds that only ever grow, for measuring. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A random UUID, version 4. */
  uuid(): string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent as it comes, so it can be sent only once; its length goes into `content-length`. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Milliseconds until the attempt counts as unanswered. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Never connects to an address of a private network, whatever name stands for it: for addresses that come from outside. */
  readonly publicOnly?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An answer whose body is read as it comes. Whoever does not read it to its end must call `discard`. */
export interface HttpStream {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** As `Http`, for answers too large to be held. `timeoutMs` is how long nothing may come. */
export interface HttpStreams {
  open(request: HttpRequest): Promise<HttpStream>;
}

/** Sends one request, never retries, never follows a redirect. Throws a ChangeoverError where no answer came. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/**
 * The named steps at which a process may die (src/sink/SPEC.md, "Steps"). The default does nothing;
 * the failure tests stop the process here and kill it.
 */
export type Step =
  | 'diff'
  | 'after-poll'
  | 'before-append'
  | 'after-append'
  | 'before-checkpoint'
  | 'after-checkpoint'
  | 'intake'
  | 'after-intake'
  | 'before-intent'
  | 'before-call'
  | 'in-flight'
  | 'after-answer'
  | 'after-outcome'
  | 'parked'
  | 'before-publish'
  | 'after-publish'
  | 'before-release'
  | 'after-release'
  | 'file-staged'
  | 'file-asked'
  | 'file-sent'
  | 'file-completed'
  | 'before-attach'
  | 'attach-in-flight'
  | 'after-attach';

export interface Steps {
  reached(step: Step): void;
}

export const NO_STEPS: Steps = { reached: () => undefined };
