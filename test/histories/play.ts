import type { TwentyVersion } from '../../sandbox/twenty/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type ChangeEvent, type FieldValues, isNewer } from '../../src/events/event.ts';
import { LogWorld } from '../support/log-world.ts';
import { refuse } from '../support/refusing.ts';
import { Deaths, restForGood, WRITING } from '../support/sink/deaths.ts';
import { text } from '../support/sink/values.ts';
import { conserved } from './conserved.ts';
import { planOf } from './faults.ts';
import { FIELDS, inventedMapping, type Kind, OBJECTS, REFUSED_NAME } from './invented.ts';
import { type Answered, differences, keyOf, type Seen, type Told, type ToldRecord } from './model.ts';
import { EVE, People } from './people.ts';
import { seenIn, textOf } from './seen.ts';
import { type History, type Step, TIMES } from './steps.ts';
import { Trace } from './trace.ts';
import { watchRows } from './watch-rows.ts';

/** Questions about what people did; others stay open. */
const ABOUT_PEOPLE: ReadonlySet<string> = new Set(['source', 'delete', 'restore', 'merge']);

/** Plays histories on the real intake and writer, against the simulator in this process, under a simulated clock. */
export class Player {
  readonly #log: LogWorld;
  readonly #deaths: Deaths;
  readonly #people: People;
  readonly #trace = new Trace();
  /** What is late already in this history. */
  readonly #late = new Set<string>();
  #events: ChangeEvent[] = [];
  #answered: Answered[] = [];
  readonly #created = new Map<string, number>();

  private constructor(log: LogWorld, deaths: Deaths) {
    this.#log = log;
    this.#deaths = deaths;
    this.#people = new People(log.world.sandbox);
    watchRows(log.world.sandbox, this.#people, this.#trace);
  }

  static async open(version: TwentyVersion = '2.21'): Promise<Player> {
    const clock = new SimulatedClock();
    const deaths = new Deaths();
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
        steps: { reached: (step) => (WRITING.has(step) ? deaths.reached() : undefined) },
      },
      FIELDS,
    );
    refuse(log.world.client, (_object, fields) => {
      const name = textOf(fields.name) || text(fields.title);
      return name === REFUSED_NAME ? 'bad-value' : null;
    });
    return new Player(log, deaths);
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
    this.#deaths.plan([]);
    this.#log.world.sandbox.clearFaults();
    await this.#rest();
    await this.#settle(history.choice);
    const seen = await seenIn(this.#log.world);
    const wrong = differences(this.#told(), seen);
    this.#countUp(seen);
    if (wrong.length > 0) throw new Error(`Twenty is not as it should be:\n  ${wrong.join('\n  ')}`);
    await this.#isQuiet();
  }

  #countUp(seen: Seen): void {
    for (const { what } of this.#people.deeds) this.#count(`deeds: ${what}`);
    for (const { answer } of this.#answered) this.#count(`answers: ${answer}`);
    for (const { status } of seen.edits) this.#count(`edits: ${status}`);
    for (const { found } of this.#trace.overwritten) this.#count(`overwritten: ${found ? 'known' : 'in the window'}`);
  }

  async #begin(): Promise<void> {
    const { world } = this.#log;
    this.#deaths.plan([]);
    this.#people.clear();
    this.#events = [];
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
        const key = this.#people.deeds.findLast(({ keys }) => keys.length > 0)?.keys[0];
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
        this.#people.act(step);
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
        this.#deaths.plan([step.at]);
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

  async #rest(): Promise<void> {
    await this.#log.intake.caughtUp();
    await restForGood(this.#log.world);
    await this.#noteFound();
  }

  /** What people did is found by polls; what follows from it may take a second one. */
  async #settle(choice: number): Promise<void> {
    if (this.#people.deeds.length === 0) return;
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
    return { records, deeds: this.#people.deeds, trace: this.#trace, answered: this.#answered };
  }
}
