import { type ChildProcessByStdio, spawn } from 'node:child_process';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../src/app/operations/status.ts';
import type { Step } from '../../src/core/ports.ts';
import type { Deployment } from './deployment.ts';
import { type KillPlan, PLACE_OF, type Place, stepOf } from './plan.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** A child that is neither killed nor done by then has hung, unless more was allowed. */
const LONGEST_MS = 120_000;

/** What a child is told at its start. */
export interface Orders {
  readonly configuration: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How far the child's clock runs ahead of the machine's. */
  readonly aheadMs: number;
  /** Waits that the source asks for are so many times shorter; 1 where it is left out. */
  readonly shorten?: number;
  /** Where to stand still and be killed; null: nowhere. */
  readonly stop: { readonly step: Step; readonly pass: number } | null;
}

/** What `status` said when everything had come to rest. */
export interface Rest {
  readonly residue: number;
  readonly objects: Status['objects'];
}

export interface Life {
  /** How often each step was reached. */
  readonly passes: ReadonlyMap<Step, number>;
  readonly last: Step | null;
  /** Null: it was killed. */
  readonly rest: Rest | null;
  /** Calls sent and not answered at the death. */
  readonly underWay: number;
}

/** Keeps one child ahead, its program loaded, waiting for its orders: most of a start is loading. */
export class Nursery {
  readonly #cache: string;
  #next: Child | null = null;

  /** `cache`: a folder for compiled code. */
  constructor(cache: string) {
    this.#cache = cache;
  }

  take(): Child {
    const child = this.#next ?? new Child(this.#cache);
    this.#next = new Child(this.#cache);
    return child;
  }

  close(): void {
    this.#next?.kill();
    this.#next = null;
  }
}

/** A child process that is listened to from its first moment. */
class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Called with each line of its standard output; it says nothing before it has its orders. */
  heard: (line: string) => void = () => undefined;
  #complaint = '';

  constructor(cache: string) {
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache };
    this.#process = spawn(process.execPath, [CHILD], { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.ended = new Promise((resolve, reject) => {
      this.#process.on('error', reject);
      this.#process.on('close', (code, signal) => resolve({ code, signal }));
    });
    let half = '';
    this.#process.stdout.on('data', (bytes: Buffer) => {
      const lines = (half + bytes.toString()).split('\n');
      half = lines.pop() ?? '';
      for (const line of lines) this.heard(line);
    });
    this.#process.stderr.on('data', (bytes: Buffer) => {
      this.#complaint = (this.#complaint + bytes.toString()).slice(-20_000);
    });
    // A child that could not even be loaded is told by its end.
    this.#process.stdin.on('error', () => undefined);
  }

  get complaint(): string {
    return this.#complaint;
  }

  start(orders: Orders): void {
    this.#process.stdin.end(JSON.stringify(orders));
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** What a life needs beside its plan. */
export interface LifeOptions {
  readonly longestMs?: number;
  readonly shorten?: number;
}

/**
 * Runs one child to its planned death, or to rest where the plan's step never comes. Throws where it ends otherwise.
 * `aheadMs`: how much later it is for this child than it really is.
 */
export async function live(
  nursery: Nursery,
  deployment: Pick<Deployment, 'configuration' | 'environment'>,
  plan: KillPlan | null,
  aheadMs: number,
  { longestMs = LONGEST_MS, shorten = 1 }: LifeOptions = {},
): Promise<Life> {
  const child = nursery.take();
  const over = new AbortController();
  const after = (ms: number, work: () => void): void => {
    sleep(ms, null, { signal: over.signal }).then(work, () => undefined);
  };
  const passes = new Map<Step, number>();
  let last: Step | null = null;
  let rest: Rest | null = null;
  let hung = false;
  child.heard = (line) => {
    if (line.startsWith('rest ')) rest = JSON.parse(line.slice(5)) as Rest;
    else if (line === 'here') child.kill();
    else {
      if (last === null && plan?.kind === 'timed') after(plan.afterMs, () => child.kill());
      last = line as Step;
      passes.set(last, (passes.get(last) ?? 0) + 1);
    }
  };
  after(longestMs, () => {
    hung = true;
    child.kill();
  });
  child.start({ ...ordersOf(deployment, plan), aheadMs, shorten });
  const { code, signal } = await child.ended;
  over.abort();
  const killed = signal === 'SIGKILL' && !hung;
  if (!killed && (code !== 0 || rest === null)) {
    const how = hung ? `hung after ${String(last)}` : `ended with ${String(code ?? signal)}`;
    throw new Error(`the child ${how} at plan ${JSON.stringify(plan)}:\n${child.complaint}`);
  }
  const times = (step: Step): number => passes.get(step) ?? 0;
  return {
    passes,
    last,
    rest: killed ? null : rest,
    underWay: killed ? times('in-flight') - times('after-answer') : 0,
  };
}

function ordersOf(
  deployment: Pick<Deployment, 'configuration' | 'environment'>,
  plan: KillPlan | null,
): Omit<Orders, 'aheadMs'> {
  const { configuration, environment } = deployment;
  const step = plan === null ? null : stepOf(plan);
  const stop = plan === null || step === null || plan.kind === 'timed' ? null : { step, pass: plan.pass };
  return { configuration, environment, stop };
}

/** Where the kill really landed. A call that was answered just before is none in flight. */
export function landedIn(plan: KillPlan, life: Life): Place {
  if (plan.kind === 'at-step') return PLACE_OF[plan.step];
  if (plan.kind === 'in-flight' && life.underWay > 0) return 'in flight';
  return 'any moment';
}
