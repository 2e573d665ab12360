import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stateNames } from '../../src/app/names.ts';
import { EmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NO_STEPS, type Steps } from '../../src/core/ports.ts';
import type { ChangeEvent } from '../../src/events/event.ts';
import { EventLog } from '../../src/events/log.ts';
import type { OutcomeNotice } from '../../src/events/notices.ts';
import { WRITER_DEFAULTS } from '../../src/sink/deps.ts';
import { createIntake, type Intake } from '../../src/sink/index.ts';
import { type Rebuilt, rebuildState } from '../../src/sink/rebuild.ts';
import { scratchFolder } from './scratch.ts';
import { SinkWorld, SOURCE, type WorldOptions } from './sink-world.ts';

/** The objects of a test's source, with the fields of their events; all text. */
export type LogFields = Readonly<Record<string, readonly string[]>>;

/** A sink's world with a log in front: events come by intake, and notices go to their topics. */
export class LogWorld {
  readonly world: SinkWorld;
  readonly bus: EmbeddedBus;
  readonly logger = silentLogger();
  log: EventLog;
  intake: Intake;
  readonly #folder: string;
  readonly #fields: LogFields;
  readonly #steps: Steps;
  readonly #options: WorldOptions;

  private constructor(
    world: SinkWorld,
    bus: EmbeddedBus,
    log: EventLog,
    folder: string,
    fields: LogFields,
    steps: Steps,
    options: WorldOptions,
  ) {
    this.world = world;
    this.bus = bus;
    this.log = log;
    this.#folder = folder;
    this.#fields = fields;
    this.#steps = steps;
    this.#options = options;
    this.intake = this.#intake();
  }

  static async open(options: WorldOptions, fields: LogFields): Promise<LogWorld> {
    const folder = scratchFolder('changeover-log-world-');
    const bus = new EmbeddedBus({
      file: join(folder, 'log.db'),
      clock: options.clock ?? systemClock(),
      logger: silentLogger(),
      access: 'write',
    });
    let current: LogWorld | null = null;
    const world = await SinkWorld.open({
      ...options,
      more: () => ({ ...(current === null ? {} : { log: current.log }), ...options.more?.() }),
    });
    const log = new EventLog({ bus, schemas: bus.schemas, names: stateNames(world.state) });
    current = new LogWorld(world, bus, log, folder, fields, options.steps ?? NO_STEPS, options);
    await current.declare();
    return current;
  }

  async declare(): Promise<void> {
    for (const [object, names] of Object.entries(this.#fields))
      await this.log.declare(
        SOURCE,
        object,
        names.map((name) => ({ name, type: { kind: 'string' as const } })),
      );
  }

  #intake(): Intake {
    return createIntake({
      source: SOURCE,
      objects: Object.keys(this.#fields),
      state: this.world.state,
      events: this.log,
      clock: this.world.clock,
      logger: silentLogger(),
      steps: this.#steps,
      run: 'test',
      breaker: this.#options.writer?.breaker ?? WRITER_DEFAULTS.breaker,
      maxBatch: 3,
    });
  }

  /** Appends events to the log, and lets intake come to its end. */
  async put(...events: ChangeEvent[]): Promise<void> {
    for (const [object, group] of Map.groupBy(events, (event) => event.object))
      await this.log.append(SOURCE, object, group);
    await this.intake.caughtUp();
  }

  async startIntake(): Promise<void> {
    await this.intake.start();
    await this.intake.caughtUp();
  }

  /** Another process on the same log and the world's present state. */
  async reopen(): Promise<void> {
    await this.intake.stop();
    this.log = new EventLog({ bus: this.bus, schemas: this.bus.schemas, names: stateNames(this.world.state) });
    await this.declare();
    this.intake = this.#intake();
  }

  /** What `changeover state rebuild` does: the state is lost, and made anew from the log and the workspace. Intake has still to start. */
  async rebuild(): Promise<Rebuilt> {
    await this.intake.stop();
    await this.world.loseState();
    await this.reopen();
    return rebuildState({
      state: this.world.state,
      events: this.log,
      twenty: this.world.client,
      clock: this.world.clock,
      logger: this.logger,
      mappings: [this.world.mapping],
      lane: 'load',
    });
  }

  /** Lets the state begin at the log's present end: what stands there is of an earlier test. */
  async skipToEnd(): Promise<void> {
    const topics = (await this.bus.topics()).map(({ topic }) => topic);
    const ends = (await Promise.all(topics.map((topic) => this.bus.bounds(topic)))).flat();
    await this.world.state.transaction(async (tx) => {
      for (const { topic, partition, end } of ends) await tx.positions.set('sink', topic, partition, end);
    });
  }

  /** Every notice in one of the source's topics, in order. */
  async notices(topic: 'retry' | 'dead'): Promise<readonly OutcomeNotice[]> {
    const name = await this.log.notices.declare(SOURCE, topic);
    const found: OutcomeNotice[] = [];
    for (const { partition, start, end } of await this.bus.bounds(name)) {
      for await (const message of this.bus.read({ topic: name, partition }, start, end)) {
        const [decoded] = await this.log.notices.decode([message]);
        if (decoded?.ok === true && decoded.notice.kind === 'outcome') found.push(decoded.notice);
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.world.stopWriter();
    await this.intake.stop();
    await this.bus.close();
    await this.world.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
