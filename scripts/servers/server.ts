import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Guard } from './guard.ts';

const LOOK_MS = 50;
const LOG_TAIL = 4_000;

/** Another server answers at the address of ours: nothing that it says may count. */
export class WrongServerError extends Error {
  constructor(address: string, found: string, expected: string) {
    super(`another server answers at ${address}: it is ${found}, and ours is ${expected}`);
    this.name = 'WrongServerError';
  }
}

export interface ServerSpec {
  /** How messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Its output is appended here. */
  readonly log: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What asks it to end in an orderly way. */
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to start, and to end in an orderly way. */
  readonly patienceMs: number;
  /**
   * Whether the server answers, and is the one that we started.
   * @throws WrongServerError where another one answers; any other error means: not yet.
   */
  readonly ready: () => Promise<void>;
  /** Processes of the server besides its first one; they are stopped and continued with it. */
  readonly helpers?: (pid: number) => readonly number[];
}

/** One process of a server that tests may kill, pause and start again; its data and its address stay the same. */
export class ServerProcess {
  readonly #spec: ServerSpec;
  readonly #guard: Guard;
  #child: ChildProcess | null = null;
  #paused: readonly number[] = [];

  constructor(spec: ServerSpec, guard: Guard) {
    this.#spec = spec;
    this.#guard = guard;
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws when it does not run. */
  get pid(): number {
    if (!this.running || this.#child?.pid === undefined) throw new Error(`${this.#spec.name} does not run`);
    return this.#child.pid;
  }

  /** Starts the process and waits until it answers. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.#spec.name} runs already`);
    const child = this.#spawn();
    const begun = performance.now();
    let last: unknown = 'it was not asked yet';
    for (;;) {
      if (!this.running) throw new Error(`${this.#spec.name} ended while it started:\n${this.output()}`);
      try {
        await this.#spec.ready();
        // What answered may still be another server if ours died meanwhile.
        if (this.running && this.#child === child) return;
      } catch (thrown) {
        if (thrown instanceof WrongServerError) {
          await this.kill();
          throw thrown;
        }
        last = thrown;
      }
      if (performance.now() - begun > this.#spec.patienceMs) {
        await this.kill();
        throw new Error(
          `${this.#spec.name} does not answer after ${this.#spec.patienceMs} ms: ${String(last)}\n${this.output()}`,
        );
      }
      await wait(LOOK_MS);
    }
  }

  /** Sends the signal and waits for the end; a server that ignores an orderly signal for too long is killed. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || !this.running) return;
    const helpers = this.#helpers();
    const ended = once(child, 'exit');
    child.kill(signal);
    // A stopped process ends by SIGKILL alone; every other signal waits until it goes on.
    if (this.#paused.length > 0) this.resume();
    const late = setTimeout(() => child.kill('SIGKILL'), this.#spec.patienceMs);
    await ended;
    clearTimeout(late);
    while (helpers.some(alive)) await wait(LOOK_MS);
  }

  /** Ends it in an orderly way if it runs, and starts it again with the same data at the same address. */
  async restart(): Promise<void> {
    await this.kill(this.#spec.stopSignal);
    await this.start();
  }

  /** SIGSTOP: connections stay open, and nothing is answered. */
  pause(): void {
    const stopped: number[] = [];
    const stop = (pid: number) => {
      process.kill(pid, 'SIGSTOP');
      stopped.push(pid);
    };
    // The first process goes first, so that it starts no further helper.
    stop(this.pid);
    for (const pid of this.#helpers()) {
      this.#guard.watch(pid);
      stop(pid);
    }
    this.#paused = stopped;
  }

  /** SIGCONT. */
  resume(): void {
    const own = this.#child?.pid;
    for (const pid of this.#paused) {
      if (alive(pid)) process.kill(pid, 'SIGCONT');
      if (pid !== own) this.#guard.forget(pid);
    }
    this.#paused = [];
  }

  /** The end of what it wrote, over all of its starts. */
  output(): string {
    try {
      return readFileSync(this.#spec.log, 'utf8').slice(-LOG_TAIL);
    } catch {
      return '';
    }
  }

  #helpers(): readonly number[] {
    return this.running ? (this.#spec.helpers?.(this.pid) ?? []) : [];
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#spec.log, 'a');
    const child = spawn(this.#spec.command, [...this.#spec.args], {
      cwd: this.#spec.folder,
      env: this.#spec.environment ?? process.env,
      stdio: ['ignore', log, log],
      // Ctrl-C in a terminal is ours to act on, not the server's.
      detached: true,
      ...this.#spec.user,
    });
    closeSync(log);
    this.#child = child;
    child.on('error', () => undefined);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${this.#spec.name}: ${this.#spec.command} could not be started`);
    this.#guard.watch(pid);
    child.once('exit', () => this.#guard.forget(pid));
    return child;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
