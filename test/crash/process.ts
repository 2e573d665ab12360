import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Birth, Go, Order, Said } from './messages.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** Whoever says nothing at all in so long has hung, on however busy a machine. */
const LONGEST_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A part of what a process said that is of interest; null for what is not. */
type Listening<Found> = (said: Said) => Found | null;

/** One process of a deployment, and everything it said. */
export class Process {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #said: Said[] = [];
  readonly #listeners = new Set<() => void>();
  #end: Ended | null = null;
  #complaint = '';

  /** `cache`: a folder for compiled code. */
  constructor(cache: string) {
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache };
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env,
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.#end = { code, signal };
        this.#tell();
        resolve(this.#end);
      });
    });
    let half = '';
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      const lines = (half + bytes.toString()).split('\n');
      half = lines.pop() ?? '';
      this.#said.push(...lines.map((line) => JSON.parse(line) as Said));
      this.#tell();
    });
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#complaint = (this.#complaint + bytes.toString()).slice(-6_000);
    });
    // One that died is told by its end.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdio[3]?.on('error', () => undefined);
  }

  /** What it wrote to standard error last. */
  get complaint(): string {
    return this.#complaint;
  }

  get alive(): boolean {
    return this.#end === null;
  }

  /** How much it has said so far: what comes after is new. */
  get mark(): number {
    return this.#said.length;
  }

  begin(birth: Birth): void {
    this.#child.stdin?.write(`${JSON.stringify(birth)}\n`);
  }

  order(order: Order): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** Lets it go on from where it stands still. */
  go(go: Go): void {
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify(go)}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first thing of interest that it says from the mark on. @throws where it ends, or hangs, without having said it. */
  async hears<Found>(what: string, from: number, listening: Listening<Found>): Promise<Found> {
    const found = await this.watch(from, listening);
    if (found !== null) return found;
    const how = this.#end === null ? 'hangs' : `ended (${String(this.#end.code ?? this.#end.signal)})`;
    throw new Error(`a process ${how}; it should ${what}. It said last: ${this.#lastWords()}`);
  }

  /** Like `hears`, but null where it ends, or says nothing of the kind for long. @throws what the listening throws */
  watch<Found>(from: number, listening: Listening<Found>): Promise<Found | null> {
    return new Promise((resolve, reject) => {
      let next = from;
      const finish = () => {
        this.#listeners.delete(look);
        clearTimeout(hung);
      };
      const look = () => {
        hung.refresh();
        try {
          for (; next < this.#said.length; next += 1) {
            const said = this.#said[next];
            const found = said === undefined ? null : listening(said);
            if (found === null) continue;
            finish();
            return resolve(found);
          }
        } catch (thrown) {
          finish();
          return reject(thrown);
        }
        if (this.#end === null) return;
        finish();
        resolve(null);
      };
      const hung = setTimeout(() => {
        finish();
        resolve(null);
      }, LONGEST_MS);
      this.#listeners.add(look);
      look();
    });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #lastWords(): string {
    const steps = this.#said.slice(-8).map((said) => JSON.stringify(said).slice(0, 200));
    return `${steps.join(' ')}\n${this.#complaint.slice(-2_000)}`;
  }
}

/** Keeps one process ahead, its program loaded, waiting to be told what it is: most of a start is loading. */
export class Nursery {
  readonly #cache: string;
  readonly #born = new Set<Process>();
  #next: Process;

  /** `cache`: a folder for compiled code. */
  constructor(cache: string) {
    this.#cache = cache;
    this.#next = this.#make();
  }

  take(): Process {
    const taken = this.#next;
    this.#next = this.#make();
    return taken;
  }

  /** Ends all that are still there. */
  async close(): Promise<void> {
    const all = [...this.#born];
    for (const one of all) one.signal('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  }

  #make(): Process {
    const made = new Process(this.#cache);
    this.#born.add(made);
    void made.ended.finally(() => this.#born.delete(made));
    return made;
  }
}
