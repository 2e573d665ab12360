import { sha256 } from '../core/identifiers.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { Coming } from '../sink/deps.ts';
import { createIntake, createWriter, type Intake, type Writer } from '../sink/index.ts';
import type { Application } from './application.ts';
import { confirmedMapping } from './mappings.ts';
import { sinkEvents, sourceObserver } from './observers.ts';
import { Progress } from './progress.ts';
import { SourceAges } from './source-ages.ts';
import { SourceLoop } from './source-loop.ts';
import { openSource, type SourceUnit } from './source-unit.ts';

/** One source's way from its connector to the state. */
export interface Lane {
  readonly unit: SourceUnit;
  readonly loop: SourceLoop;
  readonly intake: Intake;
  readonly objects: readonly string[];
}

/**
 * Sources, intake and the writer of this process, wired but driven by whoever holds it: the daemon lets them run,
 * `--once` drives them to rest.
 */
export class Pipeline {
  readonly app: Application;
  readonly lanes: readonly Lane[];
  readonly writer: Writer;
  readonly progress: Progress;
  readonly #ages: SourceAges;
  readonly #mappings: Map<string, CompiledMapping>;

  private constructor(
    app: Application,
    lanes: readonly Lane[],
    writer: Writer,
    progress: Progress,
    ages: SourceAges,
    mappings: Map<string, CompiledMapping>,
  ) {
    this.app = app;
    this.lanes = lanes;
    this.writer = writer;
    this.progress = progress;
    this.#ages = ages;
    this.#mappings = mappings;
  }

  /** @throws MAPPING_NOT_CONFIRMED, MAPPING_CHANGED, and whatever connecting to Twenty throws. */
  static async open(app: Application): Promise<Pipeline> {
    const { ports, loaded } = app;
    const { client, budget } = await app.twenty();
    // The budget lets calls go in groups; with two groups at hand none leaves half empty.
    const parallel = 2 * budget.groupSize();
    const progress = new Progress(ports.clock);
    const run = ports.random.uuid();
    // One process owns the data folder (the log's lock), so a restart takes its own leases back at once.
    const holder = `embedded:${loaded.configuration.deployment}`;
    const mappings = new Map<string, CompiledMapping>();
    const ages = await SourceAges.open(app.state, ports.logger);
    ages.show(app.metrics, ports.clock);
    const observer = sourceObserver(app.metrics, progress, ages, ports.clock);
    const lanes: Lane[] = [];
    let writer: Writer | null = null;
    const writerOf = () => writer;
    for (const configuration of loaded.configuration.sources) {
      const unit = await openSource(app, configuration);
      const mapping = await confirmedMapping(app, unit);
      mappings.set(configuration.name, mapping);
      const loop = new SourceLoop({ app, unit, mapping, observer, holder, run });
      const intake = createIntake({
        source: configuration.name,
        objects: [...mapping.objects.keys()],
        state: app.state,
        events: app.events,
        clock: ports.clock,
        logger: ports.logger.child({ room: 'intake', source: configuration.name }),
        steps: ports.steps,
        taken: () => writerOf()?.wake(),
      });
      lanes.push({ unit, loop, intake, objects: [...mapping.objects.keys()] });
    }
    const lane = (source: string) => lanes.find((one) => one.unit.configuration.name === source);
    const coming = (source: string, object: string, _why: Coming) => {
      const found = lane(source);
      return found !== undefined && (found.loop.isReading(object) || found.intake.behind(object));
    };
    writer = createWriter({
      state: app.state,
      twenty: client,
      clock: ports.clock,
      random: ports.random,
      logger: ports.logger.child({ room: 'writer' }),
      steps: ports.steps,
      holder,
      workspace: sha256(loaded.configuration.twenty.url).slice(0, 16),
      run,
      mappings: () => [...mappings.values()],
      moreComing: coming,
      events: sinkEvents(app.metrics, progress),
      options: {
        parallel,
        passSize: parallel * client.batchSize(),
        pollMs: loaded.configuration.twenty.pollSeconds * 1000,
        deadlineMs: deadlineOf(loaded.configuration.twenty.timeoutSeconds),
      },
    });
    return new Pipeline(app, lanes, writer, progress, ages, mappings);
  }

  /** A mapping that was confirmed while the daemon runs takes effect at the writer's next pass. */
  useMapping(source: string, mapping: CompiledMapping): void {
    this.#mappings.set(source, mapping);
  }

  /** Drives everything to rest: nothing to read, nothing to take in, nothing due. */
  async settle(signal: AbortSignal): Promise<void> {
    for (;;) {
      let appended = 0;
      for (const lane of this.lanes) appended += await lane.loop.pollOnce(signal);
      for (const lane of this.lanes) await lane.intake.caughtUp(signal);
      await this.writer.idle();
      signal.throwIfAborted();
      if (appended === 0) return;
    }
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) await lane.intake.stop();
    for (const lane of this.lanes) await lane.unit.connector.close();
    await this.#ages.saved();
  }
}

/** The server may go on for a while after we stopped waiting; half as long again is enough for what it takes up at all. */
function deadlineOf(timeoutSeconds: number): number {
  return timeoutSeconds * 1500;
}
