import { sha256 } from '../core/identifiers.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import { createIntake, createWriter, type Intake, type Writer } from '../sink/index.ts';
import { asksOfDeletes } from '../source/mass-delete.ts';
import { DUE_STATES } from '../state/file-states.ts';
import type { StateTransaction } from '../state/state.ts';
import type { Application } from './application.ts';
import { ComingElsewhere } from './coming.ts';
import { deadlineOf } from './deadline.ts';
import { fileMoverFor } from './file-mover.ts';
import { confirmedMapping, mappingInForce } from './mappings.ts';
import { sinkEvents, sourceObserver } from './observers.ts';
import { patiently } from './patience.ts';
import { Progress } from './progress.ts';
import type { Roles } from './roles.ts';
import { SourceActivity } from './source-activity.ts';
import { SourceAges } from './source-ages.ts';
import { readerLeaseMs, SourceLoop, type Unread } from './source-loop.ts';
import { openSource, type SourceUnit } from './source-unit.ts';
import { WriterSeat } from './writer-seat.ts';

/** How long coming to rest waits for parked records: the first retry, unless it was set later than that. */
const PATIENCE_MS = 60_000;

/** One configured source, with what its mapping moves. */
export interface Lane {
  readonly unit: SourceUnit;
  readonly source: string;
  readonly objects: readonly string[];
  /** Null where this process does not read sources. */
  readonly loop: SourceLoop | null;
  /** Null where this process does not take events in. */
  readonly intake: Intake | null;
}

/** The parts of this process's roles that are not a lane's. */
interface Crew {
  readonly writer: WriterSeat | null;
  readonly activity: SourceActivity | null;
  readonly elsewhere: ComingElsewhere | null;
}

/**
 * Sources, intake and the writer of this process, as its roles want them: wired, but driven by whoever holds it. The daemon
 * lets them run, `--once` drives them to rest.
 */
export class Pipeline {
  readonly app: Application;
  readonly roles: Roles;
  readonly lanes: readonly Lane[];
  readonly progress: Progress;
  readonly #ages: SourceAges;
  readonly #mappings: Map<string, CompiledMapping>;
  readonly #crew: Crew;

  private constructor(
    app: Application,
    roles: Roles,
    lanes: readonly Lane[],
    progress: Progress,
    ages: SourceAges,
    mappings: Map<string, CompiledMapping>,
    crew: Crew,
  ) {
    this.app = app;
    this.roles = roles;
    this.lanes = lanes;
    this.progress = progress;
    this.#ages = ages;
    this.#mappings = mappings;
    this.#crew = crew;
  }

  /** @throws MAPPING_NOT_CONFIRMED, MAPPING_CHANGED, and whatever connecting to Twenty throws. */
  static async open(app: Application, roles: Roles): Promise<Pipeline> {
    const { ports, loaded, shape } = app;
    const progress = new Progress(ports.clock);
    const run = ports.random.uuid();
    const mappings = new Map<string, CompiledMapping>();
    const ages = await SourceAges.open(app.state, ports.logger);
    if (roles.has('source') || roles.has('control')) ages.show(app.metrics, ports.clock);
    const observer = sourceObserver(app.metrics, progress, ages, ports.clock);
    const lanes: Lane[] = [];
    let writer: WriterSeat | null = null;
    const writerOf = () => writer;
    for (const configuration of loaded.configuration.sources) {
      const unit = await openSource(app, configuration);
      const mapping = await confirmedMapping(app, unit);
      mappings.set(configuration.name, mapping);
      const objects = [...mapping.objects.keys()];
      const loop = roles.has('source')
        ? new SourceLoop({ app, unit, mapping, observer, holder: shape.holder, run })
        : null;
      const intake = roles.has('sink')
        ? createIntake({
            source: configuration.name,
            objects,
            state: app.state,
            events: app.events,
            clock: ports.clock,
            logger: ports.logger.child({ room: 'intake', source: configuration.name }),
            steps: ports.steps,
            run,
            breaker: loaded.configuration.breaker,
            taken: () => writerOf()?.wake(),
          })
        : null;
      lanes.push({ unit, source: configuration.name, objects, loop, intake });
    }
    const crew = await crewOf(app, roles, { lanes, mappings, progress, run });
    writer = crew.writer;
    return new Pipeline(app, roles, lanes, progress, ages, mappings, crew);
  }

  /** Null where this process does not write. */
  get writer(): Writer | null {
    return this.#crew.writer;
  }

  /** A mapping that was confirmed while the daemon runs takes effect at the writer's next pass. */
  useMapping(source: string, mapping: CompiledMapping): void {
    this.#mappings.set(source, mapping);
  }

  /** Takes up what was confirmed in another process. */
  async followMappings(): Promise<void> {
    for (const { unit, source } of this.lanes) {
      const confirmed = await this.app.state.read((tx) => tx.mappings.current(source));
      if (confirmed === null || confirmed.hash === this.#mappings.get(source)?.hash) continue;
      this.useMapping(source, mappingInForce(unit, confirmed.text));
      this.app.ports.logger.info({ source, by: confirmed.confirmedBy, hash: confirmed.hash }, 'mapping taken up');
      this.writer?.wake();
    }
  }

  /** Makes the topics, before anything is known of the source, so that intake has something to wait at; then takes in. */
  async start(): Promise<void> {
    const { events, ports } = this.app;
    for (const { source, objects, intake } of this.lanes) {
      for (const object of objects) {
        await patiently(`making the topic of ${source}/${object}`, () => events.declare(source, object, []), ports);
      }
      if (intake !== null) await patiently(`taking in ${source}`, () => intake.start(), ports);
    }
  }

  /** Whatever works by itself, until the signal: the writer, and what processes tell each other. */
  async run(signal: AbortSignal): Promise<void> {
    const { writer, activity, elsewhere } = this.#crew;
    const loops = this.lanes.flatMap(({ loop }) => (loop === null ? [] : [loop]));
    const objectsOf = (source: string) => this.lanes.find((lane) => lane.source === source)?.objects ?? [];
    await activity?.begin(loops, objectsOf);
    await Promise.all([writer?.run(signal), activity?.run(loops, objectsOf, signal), elsewhere?.run(signal)]);
  }

  /** Describes the sources and puts their questions before people, without reading any record. */
  async introduce(): Promise<void> {
    for (const { loop } of this.lanes) await loop?.introduce();
  }

  /** Polls the sources until the signal. */
  async poll(signal: AbortSignal): Promise<void> {
    await Promise.all(this.lanes.map(({ loop }) => loop?.run(signal)));
  }

  /**
   * Drives everything to rest: nothing to read, nothing to take in, nothing due. Parked records that are due within
   * `patienceMs` of the first rest are waited for, and so are objects whose read failed and is tried again; later ones stay on
   * the way. So does what a closed object holds back. `unread` says what could not be read.
   */
  async settle(signal: AbortSignal, patienceMs = PATIENCE_MS): Promise<void> {
    const { clock } = this.app.ports;
    let patientUntil: number | null = null;
    for (;;) {
      let appended = 0;
      for (const { loop } of this.lanes) appended += (await loop?.pollOnce(signal)) ?? 0;
      for (const { intake } of this.lanes) await intake?.caughtUp(signal);
      await this.writer?.idle(signal);
      signal.throwIfAborted();
      if (appended > 0) continue;
      const now = clock.now();
      patientUntil ??= now + patienceMs;
      // What is past its time and still not taken belongs to an object that is closed: others are waited for all the same.
      const parked = await this.app.state.read((tx) => nextDueAt(tx, now));
      const again = this.unread().flatMap((one) => (one.again === null ? [] : [one.again]));
      const next = Math.min(parked ?? Number.POSITIVE_INFINITY, ...again);
      if (next > patientUntil) return;
      await clock.sleep(Math.max(0, next - now), signal);
    }
  }

  /** What the sources were last asked for in vain; what waits for a person's answer comes last. */
  unread(): readonly Unread[] {
    const isQuestion = ({ error }: Unread) => error.code === 'SOURCE_QUESTION_OPEN';
    const unread = this.lanes.flatMap(({ loop }) => loop?.unread() ?? []);
    return [...unread.filter((one) => !isQuestion(one)), ...unread.filter(isQuestion)];
  }

  async close(): Promise<void> {
    for (const { intake } of this.lanes) await intake?.stop();
    for (const { unit } of this.lanes) await unit.connector.close();
    await this.#ages.saved();
  }
}

/** When a record or a file that is parked comes to its time; null where none is. */
async function nextDueAt(tx: StateTransaction, after: number): Promise<number | null> {
  const times = [await tx.records.nextDueAt(after), await tx.files.nextDueAt(DUE_STATES, after)];
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

interface Wiring {
  readonly lanes: readonly Lane[];
  readonly mappings: ReadonlyMap<string, CompiledMapping>;
  readonly progress: Progress;
  readonly run: string;
}

async function crewOf(app: Application, roles: Roles, wiring: Wiring): Promise<Crew> {
  const { shape, ports, state, events } = app;
  const shared = shape.kind === 'scaled-out';
  const activity =
    shared && roles.has('source')
      ? new SourceActivity({
          state,
          clock: ports.clock,
          logger: ports.logger,
          holder: shape.holder,
          leaseMs: readerLeaseMs(shape),
        })
      : null;
  if (!roles.has('sink')) return { writer: null, activity, elsewhere: null };
  const objects = wiring.lanes.flatMap(({ source, objects }) => objects.map((object) => ({ source, object })));
  const elsewhere = shared
    ? new ComingElsewhere({ state, events, clock: ports.clock, logger: ports.logger, objects })
    : null;
  return { writer: await seatWriter(app, wiring, elsewhere), activity, elsewhere };
}

async function seatWriter(app: Application, wiring: Wiring, elsewhere: ComingElsewhere | null): Promise<WriterSeat> {
  const { ports, loaded, shape } = app;
  const { retry, breaker, deletes } = loaded.configuration;
  const { lanes, mappings, progress, run } = wiring;
  const { client, budget, transport } = await app.twenty();
  progress.expectBy({ estimate: (calls) => budget.estimate(calls), batchSize: () => client.batchSize() });
  // The budget lets calls go in groups; with two groups at hand none leaves half empty.
  const parallel = 2 * budget.groupSize();
  const isComing = (source: string, object: string) => {
    const found = lanes.find((one) => one.source === source);
    if (found === undefined) return false;
    const here = found.loop?.isReading(object) === true || found.intake?.behind(object) === true;
    return here || elsewhere?.isComing(source, object) === true;
  };
  const create = () =>
    createWriter({
      state: app.state,
      twenty: client,
      clock: ports.clock,
      random: ports.random,
      logger: ports.logger.child({ room: 'writer' }),
      steps: ports.steps,
      holder: shape.holder,
      workspace: sha256(loaded.configuration.twenty.url).slice(0, 16),
      run,
      mappings: () => [...mappings.values()],
      moreComing: isComing,
      deletesUnasked: (source) => {
        const capabilities = lanes.find((one) => one.source === source)?.unit.connector.capabilities;
        return capabilities !== undefined && asksOfDeletes(capabilities) ? null : deletes;
      },
      events: sinkEvents(app.metrics, progress),
      log: app.events,
      files: fileMoverFor(app, {
        client,
        transport,
        run,
        unitOf: (source) => lanes.find((one) => one.source === source)?.unit,
      }),
      options: {
        leaseMs: shape.leaseMs,
        parallel,
        passSize: parallel * client.batchSize(),
        pollMs: loaded.configuration.twenty.pollSeconds * 1000,
        deadlineMs: deadlineOf(loaded.configuration.twenty.timeoutSeconds),
        attempts: retry.attempts,
        firstRetryMs: retry.firstSeconds * 1000,
        breaker,
      },
    });
  return new WriterSeat({ create, clock: ports.clock, logger: ports.logger.child({ room: 'writer' }) });
}
