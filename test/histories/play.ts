import type { FaultPlan, TwentyVersion } from '../../sandbox/twenty/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import type { Step as WriterStep } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type ChangeEvent, type FieldValues, isNewer } from '../../src/events/event.ts';
import type { StateTransaction } from '../../src/state/state.ts';
import { LogWorld } from '../support/log-world.ts';
import { refuse } from '../support/refusing.ts';
import { EDITED, FIELDS, inventedMapping, type Kind, OBJECTS, REFUSED_NAME, TARGETS } from './invented.ts';
import {
  type Answered,
  type Deed,
  differences,
  keyOf,
  type Seen,
  type SeenEdit,
  type SeenRow,
  type Told,
  type ToldRecord,
} from './model.ts';
import { type Fault, type History, type Step, TIMES, UNIQUE } from './steps.ts';
import { Trace } from './trace.ts';

/** Who works in Twenty. */
const EVE = 'eve@example.com';
/** Questions about what people did; others stay open. */
const ABOUT_PEOPLE: ReadonlySet<string> = new Set(['source', 'delete', 'restore', 'merge']);

class Died extends Error {}

/** At these the writer may die; intake's death is `restart`. */
const WRITING: ReadonlySet<WriterStep> = new Set<WriterStep>([
  'before-intent',
  'before-call',
  'in-flight',
  'after-answer',
  'after-outcome',
  'parked',
  'before-publish',
  'after-publish',
  'before-release',
  'after-release',
]);

const REMOVALS = { delete: 'deleted', restore: 'restored', destroy: 'destroyed' } as const;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const part = (value: unknown, name: string): string =>
  typeof value === 'object' && value !== null ? text((value as Readonly<Record<string, unknown>>)[name]) : '';

/** Plays histories on the real intake and writer, against the simulator in this process, under a simulated clock. */
export class Player {
  readonly #log: LogWorld;
  #untilDeath = 0;
  /** What is late already in this history. */
  readonly #late = new Set<string>();
  #events: ChangeEvent[] = [];
  #deeds: Deed[] = [];
  #answered: Answered[] = [];
  readonly #trace = new Trace();
  /** Somebody is at work in Twenty, not the writer. */
  #byPerson = false;
  readonly #created = new Map<string, number>();

  private constructor(log: LogWorld, dying: { die: () => void }) {
    this.#log = log;
    dying.die = () => {
      this.#untilDeath -= 1;
      if (this.#untilDeath === 0) throw new Died('died');
    };
  }

  static async open(version: TwentyVersion = '2.21'): Promise<Player> {
    const clock = new SimulatedClock();
    const dying: { die: () => void } = { die: () => undefined };
    const log = await LogWorld.open(
      {
        mapping: inventedMapping(version),
        sandbox: { version },
        clock,
        random: seededRandom(1),
        batchSize: 3,
        members: [{ firstName: 'Eve', lastName: 'Example', email: EVE }],
        timeline: true,
        timeoutMs: TIMES.timeoutMs,
        writer: {
          passSize: 7,
          parallel: 3,
          // More than the faults of a history can spoil: none of them is for good.
          attempts: 20,
          latencyMs: 500,
          deadlineMs: TIMES.deadlineMs,
          firstRetryMs: 2000,
          breaker: { window: 1000, limit: 1000 },
        },
        watch: conserved,
        steps: { reached: (step) => (WRITING.has(step) ? dying.die() : undefined) },
      },
      FIELDS,
    );
    refuse(log.world.client, (_object, fields) => {
      const name = part(fields.name, 'firstName') || text(fields.name) || text(fields.title);
      return name === REFUSED_NAME ? 'bad-value' : null;
    });
    const player = new Player(log, dying);
    player.#watchRows();
    return player;
  }

  /** Notes whatever comes to stand in a field that people edit. */
  #watchRows(): void {
    const { store } = this.#log.world.sandbox.engine;
    const { put, remove } = store;
    store.put = (object, row) => {
      const before = store.table(object).get(row.id);
      put.call(store, object, row);
      const kind = OBJECTS.find((one) => TARGETS[one] === object);
      if (kind === undefined) return;
      if (!this.#byPerson && before?.deletedAt === null && row.deletedAt !== null) this.#trace.forget(row.id);
      // What people write into rows of their own is what these hold, and no edit.
      const isOurs = Array.isArray(row.sourceKeys) && row.sourceKeys.length > 0;
      const by = this.#byPerson && isOurs ? 'person' : 'us';
      for (const field of Object.keys(EDITED[kind])) {
        const stood = before === undefined ? null : textOf(before[field]);
        this.#trace.wrote(row.id, field, by, textOf(row[field]), stood);
      }
    };
    store.remove = (object, id) => {
      this.#trace.destroyed(id);
      return remove.call(store, object, id);
    };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** What all histories played so far had in them that people did. */
  get figures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#figures);
  }

  readonly #figures = new Map<string, number>();

  #count(what: string, more = 1): void {
    this.#figures.set(what, (this.#figures.get(what) ?? 0) + more);
  }

  /** Plays one; throws what is wrong at its end, or on the way. */
  async play(history: History): Promise<void> {
    await this.#begin();
    for (const step of history.steps) await this.#do(step);
    this.#untilDeath = 0;
    this.#log.world.sandbox.clearFaults();
    await this.#rest();
    await this.#settle(history.choice);
    const seen = await this.#seen();
    const wrong = differences(this.#told(), seen);
    this.#countUp(seen);
    if (wrong.length > 0) throw new Error(`Twenty is not as it should be:\n  ${wrong.join('\n  ')}`);
    await this.#isQuiet();
  }

  #countUp(seen: Seen): void {
    for (const { what } of this.#deeds) this.#count(`deeds: ${what}`);
    for (const { answer } of this.#answered) this.#count(`answers: ${answer}`);
    for (const { status } of seen.edits) this.#count(`edits: ${status}`);
    for (const { found } of this.#trace.overwritten) this.#count(`overwritten: ${found ? 'known' : 'in the window'}`);
  }

  async #begin(): Promise<void> {
    const { world } = this.#log;
    this.#untilDeath = 0;
    this.#events = [];
    this.#deeds = [];
    this.#answered = [];
    this.#created.clear();
    this.#late.clear();
    world.sandbox.clearFaults();
    await this.#log.intake.stop();
    await world.reset();
    this.#trace.clear();
    await this.#log.reopen();
    await this.#log.skipToEnd();
    await this.#log.startIntake();
    await world.rest();
  }

  async #do(step: Step): Promise<void> {
    const { world } = this.#log;
    switch (step.does) {
      case 'source': {
        await this.#append([this.#event(step.object, step.id, step.after, step.anew)]);
        return;
      }
      case 'follow': {
        const key = this.#deeds.findLast(({ keys }) => keys.length > 0)?.keys[0];
        const last = this.#events.findLast((event) => event.key === key);
        if (last === undefined) return;
        const kind = last.object as Kind;
        await this.#append([this.#event(kind, last.id, step.after?.[kind] ?? null, false)]);
        return;
      }
      case 'replay': {
        const from = Math.max(0, this.#events.length - step.back);
        await this.#append(this.#events.slice(from, from + step.count));
        return;
      }
      case 'person':
        // Nobody does two things within a millisecond, which is as fine as Twenty tells them apart.
        await world.clock.sleep(1);
        this.#byPerson = true;
        this.#act(step);
        this.#byPerson = false;
        return;
      case 'answer':
        await this.#rest();
        await this.#answer(step.choice);
        await this.#rest();
        return;
      case 'fault':
        // Delays add up: two of them could take longer than a call ever does (SPEC.md §4), and nobody waits for that.
        if (step.how.kind === 'late' && this.#late.has(step.operation)) return;
        if (step.how.kind === 'late') this.#late.add(step.operation);
        world.sandbox.fault(planOf(step));
        return;
      case 'death':
        this.#untilDeath = step.at;
        return;
      case 'restart':
        await this.#log.reopen();
        await this.#log.startIntake();
        return;
      case 'wait':
        await world.clock.sleep(step.ms);
        return;
      case 'poll':
        await this.#poll();
        return;
      case 'poll-edits':
        await this.#pollEdits();
        return;
      case 'rest':
        await this.#rest();
        return;
    }
  }

  async #append(events: readonly ChangeEvent[]): Promise<void> {
    for (const event of events) await this.#log.log.append(event.source, event.object, [event]);
    for (const event of events) if (!this.#events.includes(event)) this.#events.push(event);
    await this.#log.intake.caughtUp();
    this.#log.world.wake();
  }

  #event(object: Kind, id: string, after: FieldValues | null, anew: boolean): ChangeEvent {
    const key = keyOf(object, id);
    const known = this.#created.get(key);
    const deleted = this.#events.findLast((event) => event.key === key)?.op === 'DELETE';
    const created =
      known !== undefined && !(anew && deleted)
        ? known
        : OBJECTS.indexOf(object) * 1000 + Number(id) * 100 + (known === undefined ? 0 : 1 + (known % 100));
    this.#created.set(key, created);
    return this.#log.world.event(object, id, after, { sourceCreated: created });
  }

  #act(step: Extract<Step, { does: 'person' }>): void {
    const { sandbox } = this.#log.world;
    const wantsDeleted = step.deed === 'restore';
    const rowsOf = (kind: Kind) => this.#rows(kind).filter(({ live }) => live !== wantsDeleted);
    // Where there is nothing of the object, somebody looks at the next one.
    const there = OBJECTS.filter((kind) => step.deed === 'create' || rowsOf(kind).length > 0);
    const kind = there.includes(step.object) ? step.object : (there[0] ?? step.object);
    const object = TARGETS[kind];
    const value = kind === step.object ? step.value : (UNIQUE[kind][step.row % UNIQUE[kind].length] ?? '');
    const rows = rowsOf(kind);
    const row = rows[step.row % Math.max(1, rows.length)];
    const deed = (what: Deed['what'], values: readonly string[], more: { readonly remark?: string } = {}) =>
      this.#deeds.push({ what, object, row: row?.id ?? '', keys: row?.keys ?? [], values, ...more });
    const act = (
      action: 'create' | 'update' | 'delete' | 'restore' | 'destroy',
      data?: Record<string, unknown>,
    ): unknown => {
      try {
        return sandbox.person({
          person: EVE,
          object,
          action,
          ...(action === 'create' || row === undefined ? {} : { id: row.id }),
          ...(data === undefined ? {} : { data }),
        });
      } catch {
        // The workspace refuses people too.
        return null;
      }
    };
    if (step.deed === 'create') {
      const made = act('create', { ...named(kind, 'Stranger'), ...valued(kind, value) });
      if (made === null) return;
      const id = text((made as { id?: unknown }).id);
      this.#deeds.push({ what: 'made', object, row: id, keys: [], values: [value] });
      return;
    }
    if (row === undefined) return;
    const remark = `remark ${this.#deeds.length}`;
    switch (step.deed) {
      case 'give-value':
        if (act('update', valued(kind, value)) !== null) deed('gave-value', [value, row.value]);
        return;
      case 'edit-own-field':
        if (act('update', { remark }) !== null) deed('edited-own', [], { remark });
        return;
      case 'edit-mapped-field': {
        const fields = Object.keys(EDITED[kind]);
        const field = fields[step.field % fields.length] ?? '';
        const edited = field === 'jobTitle' ? { jobTitle: step.text } : named(kind, step.text);
        if (act('update', edited) !== null) deed('edited-mapped', []);
        return;
      }
      case 'delete':
      case 'restore':
      case 'destroy':
        if (act(step.deed) !== null) deed(REMOVALS[step.deed], [row.value]);
        return;
    }
  }

  async #poll(): Promise<void> {
    try {
      await this.#log.world.running.pollUniques();
    } catch {
      // A poll that fails is made again by whoever asked; here the last one decides.
    }
    await this.#rest();
  }

  /** As the daemon does, at any moment. */
  async #pollEdits(): Promise<void> {
    try {
      await this.#log.world.running.pollEdits();
    } catch {
      // A poll that fails is made again by whoever asked; here the last one decides.
    }
    await this.#noteFound();
  }

  /** Which edits the state knows of, unless a call is under way that was planned before. */
  async #noteFound(): Promise<void> {
    const { flying, open } = await this.#log.world.state.read(async (tx) => ({
      flying: await tx.intents.all(),
      open: await tx.edits.list({ status: 'open', limit: 10_000 }),
    }));
    if (flying.length > 0) return;
    for (const { id, field, value } of open) this.#trace.found(id, field, textOf(value));
  }

  /** Answers all open questions about what people did. Returns how many there were. */
  async #answer(choice: number): Promise<number> {
    const { world } = this.#log;
    const open = await world.state.read((tx) => tx.reviews.list({ status: 'open', queue: 'record', limit: 10_000 }));
    const asked = open.filter(({ choices }) => ABOUT_PEOPLE.has(choices[0] ?? ''));
    for (const { id, choices, recordKey, detail } of asked) {
      // Taken apart, records would share no row any more, whatever comes.
      const answer = choices[0] === 'merge' ? 'merge' : (choices[choice % choices.length] ?? '');
      await world.state.transaction(async (tx) => {
        await tx.reviews.answer(id, answer, 'Jo', world.clock.now());
        await tx.dependencies.release([`review:${id}`]);
      });
      this.#answered.push({
        key: recordKey ?? '',
        answer,
        row: text(detail.id),
        field: text(detail.field),
        twenty: textOf(detail.twenty),
        source: textOf(detail.source),
      });
    }
    world.wake();
    return asked.length;
  }

  /** Comes to rest for good: whoever dies is followed by another one, and nothing is parked any more. */
  async #rest(): Promise<void> {
    const { world } = this.#log;
    await this.#log.intake.caughtUp();
    for (let life = 0; life < 300; life += 1) {
      try {
        await world.rest();
      } catch (thrown) {
        if (!(thrown instanceof Died) && !/died/.test(String(thrown))) throw thrown;
        await world.stopWriter();
        continue;
      }
      const { parked, next, waiting } = await world.state.read(async (tx) => ({
        parked: await tx.retries.counts(null),
        next: await tx.records.nextDueAt(0),
        waiting: await tx.outbox.count(),
      }));
      if (parked.length === 0 && waiting === 0) return await this.#noteFound();
      if (next !== null) await world.clock.sleep(Math.max(1, next - world.clock.now()));
      world.running.wake();
    }
    throw new Error('does not come to rest');
  }

  /** What people did is found by polls; what follows from it may take a second one. */
  async #settle(choice: number): Promise<void> {
    if (this.#deeds.length === 0) return;
    for (let round = 0; round < 10; round += 1) {
      // What was written within this millisecond is left for the next poll.
      await this.#log.world.clock.sleep(1);
      await this.#log.world.running.pollEdits();
      await this.#log.world.running.pollUniques();
      await this.#touchAll();
      if ((await this.#answer(choice)) === 0 && round > 0) return;
      await this.#rest();
    }
    throw new Error('there is always something to ask');
  }

  async #touchAll(): Promise<void> {
    const { world } = this.#log;
    await world.state.transaction((tx) => tx.records.touchAll('crm', null));
    world.running.wake();
    await this.#rest();
  }

  /**
   * Planned again, and all that was ever told told again: not one write. But where Twenty refuses a record, a touch
   * makes it try again, and others make room for it meanwhile.
   */
  async #isQuiet(): Promise<void> {
    const { world } = this.#log;
    await world.clock.sleep(1);
    const from = new Date(world.clock.now()).toISOString();
    const classes = Object.values(await world.classes());
    if (!classes.some((one) => one.endsWith('SINK_TWENTY_REFUSED'))) await this.#touchAll();
    await this.#append(this.#events);
    await this.#rest();
    // A call whose answer comes late is listed late, but came long ago.
    const calls = world.sandbox.calls().filter(({ at, operation }) => at >= from && !operation.startsWith('findMany'));
    const writes = calls.map(({ operation, records, status }) => `${operation} ${records} ${status}`);
    if (writes.length > 0) throw new Error(`at rest, and yet it writes: ${writes.join(', ')}`);
  }

  #told(): Told {
    const byKey = Map.groupBy(this.#events, ({ key }) => key);
    const records = [...byKey].map(([key, events]): ToldRecord => {
      const newest = events.reduce((best, event) => (isNewer(event.order, best.order) ? event : best));
      return {
        key,
        object: newest.object as Kind,
        id: newest.id,
        after: newest.after,
        versions: events.flatMap(({ after }) => (after === null ? [] : [after])),
        created: newest.sourceCreated ?? 0,
      };
    });
    return { records, deeds: this.#deeds, trace: this.#trace, answered: this.#answered };
  }

  #rows(object: Kind): readonly SeenRow[] {
    return this.#log.world.sandbox.dump(TARGETS[object]).map((row) => ({
      object: TARGETS[object],
      id: text(row.id),
      live: row.deletedAt === null,
      keys: Array.isArray(row.sourceKeys) ? row.sourceKeys.map(String) : [],
      text: textOf(row.name) || text(row.title),
      job: text(row.jobTitle),
      value: part(row.domainName, 'primaryLinkUrl') || part(row.emails, 'primaryEmail') || text(row.code),
      link: text(row.parentCompanyId) || text(row.companyId) || null,
      remark: text(row.remark),
    }));
  }

  async #seen(): Promise<Seen> {
    const { world } = this.#log;
    const targets = world
      .rows('noteTarget')
      .map((row): [string, string | null] => [
        text(row.noteId),
        text(row.targetPersonId) || text(row.personId) || null,
      ]);
    const classes = Object.entries(await world.classes()).map(([name, found]): [string, string] => [
      `crm/${name}`,
      found,
    ]);
    return {
      rows: OBJECTS.flatMap((object) => this.#rows(object)),
      noteTargets: new Map(targets),
      edits: await this.#edits(),
      classes: new Map(classes),
    };
  }

  async #edits(): Promise<readonly SeenEdit[]> {
    const edits = await this.#log.world.state.read((tx) => tx.edits.list({ limit: 10_000 }));
    return edits.map(({ id, field, value, status }) => ({ row: id, field, value: textOf(value), status }));
  }
}

/** A text, or the first name of a person. */
function textOf(value: unknown): string {
  return part(value, 'firstName') || text(value);
}

/** The conservation law (identity A), recounted from the records, at the end of every transaction. */
async function conserved(tx: StateTransaction): Promise<void> {
  const kept = await tx.ledger.rows(null);
  const counted = await tx.ledger.recount(null);
  if (JSON.stringify(kept) !== JSON.stringify(counted))
    throw new Error(`the ledger says ${JSON.stringify(kept)}, and there are ${JSON.stringify(counted)}`);
  for (const { object, live, classes } of counted) {
    const accounted = LIVE_CLASSES.reduce((sum, one) => sum + classes[one], 0);
    if (accounted !== live) throw new Error(`${live} live records of ${object}, and ${accounted} accounted for`);
  }
}

const LIVE_CLASSES = ['applied', 'merged', 'held', 'dead-lettered', 'excluded', 'on-the-way'] as const;

function named(object: Kind, name: string): Record<string, unknown> {
  if (object === 'contact') return { name: { firstName: name, lastName: '' } };
  return object === 'note' ? { title: name } : { name };
}

function valued(object: Kind, value: string): Record<string, unknown> {
  switch (object) {
    case 'company':
      return { domainName: { primaryLinkUrl: value, primaryLinkLabel: '', secondaryLinks: [] } };
    case 'contact':
      return { emails: { primaryEmail: value, additionalEmails: [] } };
    case 'deal':
      return { code: value };
    case 'note':
      return {};
  }
}

const FAILURES: Readonly<Record<Exclude<Fault['kind'], 'late'>, NonNullable<FaultPlan['fail']>>> = {
  'cut-before': 'drop',
  'cut-after': 'answerLost',
  unavailable: 503,
  throttled: 'throttle',
  refused: 400,
};

function planOf({ operation, how, after, count }: Extract<Step, { does: 'fault' }>): FaultPlan {
  const when = { match: { operation }, after, count };
  if (how.kind !== 'late') return { ...when, fail: FAILURES[how.kind] };
  return { ...when, latencyMs: how.workMs, answerDelayMs: how.answerMs };
}
