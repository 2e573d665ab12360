import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contents, contentsOf } from '../kill/compare.ts';
import { dropExport, type ExportSet } from '../kill/exports.ts';
import { untilQuiet } from '../kill/writes.ts';
import type { Ground } from './ground.ts';
import type { AtRest } from './messages.ts';
import { OrphanWatch } from './orphans.ts';
import type { Nursery, Process } from './process.ts';
import { PLACE, type Place } from './table.ts';
import type { Moment, Undisturbed } from './undisturbed.ts';

/** The workspace has done all that it was asked once it answers nothing for so long, milliseconds. */
const QUIET_MS = 30;

export interface ColumnParts {
  readonly ground: Ground;
  readonly nursery: Nursery;
  readonly exports: readonly ExportSet[];
  readonly undisturbed: Undisturbed;
  readonly since: number;
  /** For backups. */
  readonly folder: string;
}

/** One deployment, to which something happens again and again, and the process that has it at present. */
export class Column {
  readonly parts: ColumnParts;
  readonly orphans: OrphanWatch;
  process: Process;
  #starts = 0;
  /** How many exports beyond the first it was given. */
  #exports = 0;
  #backups = 0;
  /** How much the process had said when it was let go to send a call. */
  #sent = 0;

  constructor(parts: ColumnParts) {
    this.parts = parts;
    this.orphans = new OrphanWatch(parts.ground.deployment.sandbox);
    mkdirSync(parts.folder, { recursive: true });
    this.process = this.start();
  }

  get ground(): Ground {
    return this.parts.ground;
  }

  /** Another process of the deployment. It begins later than those before, past the deadlines of what they left. */
  start(restore: string | null = null): Process {
    const { ground, nursery } = this.parts;
    const { configuration, environment } = ground.deployment;
    const process = nursery.take();
    process.begin({ configuration, environment, aheadMs: this.#starts * ground.laterMs, restore });
    this.#starts += 1;
    return process;
  }

  /** Loads the first export, to which nothing happens. */
  async load(): Promise<void> {
    this.#drop(0);
    await this.rest(this.process);
  }

  /** Gives it the next export. */
  next(): void {
    this.#exports += 1;
    this.#drop(this.#exports);
  }

  /** Lets it come to rest. @throws where it ends instead. */
  rest(process: Process): Promise<AtRest> {
    const { mark } = process;
    process.order({ do: 'settle', stops: [] });
    return this.awaitRest(process, mark);
  }

  awaitRest(process: Process, mark: number): Promise<AtRest> {
    return process.hears('come to rest', mark, (said) => (said.said === 'rest' ? said.rest : null));
  }

  /** The newest backup that was made. */
  get lastBackup(): string | null {
    return this.#backups === 0 ? null : this.#backup(this.#backups);
  }

  async backup(): Promise<void> {
    this.#backups += 1;
    const file = this.#backup(this.#backups);
    const { mark } = this.process;
    this.process.order({ do: 'backup', file });
    await this.process.hears('make a backup', mark, (said) => (said.said === 'done' ? true : null));
  }

  #backup(number: number): string {
    return join(this.parts.folder, `backup-${number}`);
  }

  /** What the workspace says now. */
  contents(): Contents {
    return contentsOf({ sandbox: this.ground.deployment.sandbox, since: this.parts.since });
  }

  /** What an undisturbed run came to with the exports that this one was given; `before`: with one fewer. */
  undisturbed(before: 0 | 1 = 0): Promise<Moment> {
    return this.parts.undisturbed.after(this.#exports - before);
  }

  /** Lets the process come to the place, where it stands still. @throws where it never comes there: then nothing can happen. */
  async reach(place: Place): Promise<void> {
    const { process, ground } = this;
    const { sandbox } = ground.deployment;
    const { step, pass } = PLACE[place];
    sandbox.clearCalls();
    arrange(place, sandbox);
    let { mark } = process;
    process.order({ do: 'settle', stops: place === 'while-released' ? ['parked', step] : [step] });
    for (let passed = 0; ; ) {
      const here = await process.hears(`come to ${step}`, mark, (said) => {
        if (said.said === 'rest') throw new Error(`nothing happened: it came to rest without coming to ${step}`);
        return said.said === 'here' ? said.step : null;
      });
      // Only the first refusal is wanted: the next attempt is to succeed.
      if (here === 'parked') sandbox.clearFaults();
      if (here === step && isThere(place, sandbox)) passed += 1;
      if (passed >= pass) break;
      ({ mark } = process);
      process.go({ stops: [step], laterMs: 0 });
    }
    sandbox.clearFaults();
    if (place === 'call-unanswered') await this.#sendOne();
  }

  /** Lets the call go that stands before its sending, and waits until the workspace has done it. It waits for its answer. */
  async #sendOne(): Promise<void> {
    const { process, ground } = this;
    const { sandbox } = ground.deployment;
    const before = writesOf(sandbox);
    ground.ways.twenty.set('hold-answers');
    this.#sent = process.mark;
    process.go({ stops: ['after-answer'], laterMs: 0 });
    const begun = performance.now();
    while (writesOf(sandbox) === before) {
      if (performance.now() - begun > 30_000) throw new Error('nothing happened: the call was never sent');
      await sleep(2);
    }
  }

  /** Lets the process go on from the place. `laterMs`: as if it had stood still for so long. */
  async goOn(place: Place, laterMs = 0): Promise<void> {
    const { process, ground } = this;
    if (place === 'call-unanswered') {
      ground.ways.twenty.set('forward');
      await this.standsAfterItsCall();
    }
    process.go({ stops: [], laterMs });
  }

  /** Waits until the process that sent a call knows what became of it. */
  async standsAfterItsCall(): Promise<void> {
    await this.process.hears('learn what became of its call', this.#sent, (said) =>
      said.said === 'here' && said.step === 'after-answer' ? true : null,
    );
  }

  /** Waits until the workspace has done what a dead process asked for. */
  async quiet(): Promise<void> {
    const { sandbox } = this.ground.deployment;
    this.ground.ways.twenty.set('forward');
    await untilQuiet(sandbox, QUIET_MS);
  }

  /** What a person does when the log lost what was not read: the newest export again, read in full and compared with the state. */
  giveAgain(): void {
    const { drop } = this.ground.deployment;
    rmSync(join(drop, '..', 'data', 'work'), { recursive: true, force: true });
    const set = this.#export(this.#exports);
    renameSync(join(drop, set.name), join(drop, `${set.name}-again`));
  }

  #drop(count: number): void {
    dropExport(this.#export(count), this.ground.deployment.drop);
  }

  #export(count: number): ExportSet {
    const set = this.parts.exports[count];
    if (set === undefined) throw new Error(`there are only ${this.parts.exports.length} exports`);
    return set;
  }
}

type Sandbox = Ground['deployment']['sandbox'];

/** What Twenty has to do for a process to come to the place at all. */
function arrange(place: Place, sandbox: Sandbox): void {
  switch (place) {
    case 'half-applied-batch':
      sandbox.fault({ match: { request: 'upsert=true', object: 'person' }, fail: 'halfApplied', count: 1 });
      return;
    case 'while-parked':
    case 'while-released':
      sandbox.fault({ match: { operation: 'createMany', object: 'note' }, fail: 400 });
      return;
    default:
      return;
  }
}

function isThere(place: Place, sandbox: Sandbox): boolean {
  if (place !== 'half-applied-batch') return true;
  const half = sandbox.calls().find(({ status }) => status === 500);
  if (half !== undefined && half.records < 2) throw new Error('nothing happened: the batch had no second half');
  return half !== undefined;
}

/** Writes that were done so far. */
function writesOf(sandbox: Sandbox): number {
  return sandbox
    .counters()
    .filter(({ operation }) => /^(create|delete|destroy|restore)/.test(operation))
    .reduce((sum, { calls }) => sum + calls, 0);
}
