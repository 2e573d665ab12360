import process from 'node:process';
import cron, { type ScheduledTask } from 'node-cron';
import { ChangeoverError } from '../core/errors.ts';
import type { Turn } from '../events/log.ts';
import { compareCounts } from '../reconcile/counts.ts';
import { type RunningServer, startServer } from '../server/server.ts';
import { checkDeployment } from '../twenty/provision.ts';
import { unlessElsewhere } from './alone.ts';
import type { Application } from './application.ts';
import { requireAgreement, writtenObjects } from './automations.ts';
import type { DaemonHandle } from './daemon-handle.ts';
import { healthOf } from './health.ts';
import { Heartbeat } from './heartbeat.ts';
import type { OperationContext } from './operation.ts';
import { applyPause, pausedOf, pollAsked } from './operations/control.ts';
import { OPERATIONS } from './operations/index.ts';
import { applyConfiguredOwners } from './operations/owners.ts';
import { mappingsOf } from './operations/replay.ts';
import { Pipeline } from './pipeline.ts';
import { ALL_ROLES, type Roles } from './roles.ts';
import { adminToken, announceDaemon, withdrawDaemon } from './running.ts';
import { countAtScrape } from './scrape.ts';
import { type Watched, watchState } from './state-watch.ts';

export interface DaemonOptions {
  readonly version: string;
  /** All, unless given. */
  readonly roles?: Roles;
}

/** A running deployment: sources polled, intake and writer at work, server up, schedules set. */
export class Daemon {
  readonly app: Application;
  readonly pipeline: Pipeline;
  readonly #stopping = new AbortController();
  readonly #startedAt: number;
  #work: Promise<unknown> = Promise.resolve();
  #server: RunningServer | null = null;
  #heartbeat: Heartbeat | null = null;
  #schedules: readonly ScheduledTask[] = [];

  private constructor(app: Application, pipeline: Pipeline) {
    this.app = app;
    this.pipeline = pipeline;
    this.#startedAt = app.ports.clock.now();
  }

  /** Starts all but the reading of sources, in order. What was started is stopped again where a later part fails. */
  static async start(app: Application, options: DaemonOptions): Promise<Daemon> {
    const pipeline = await Pipeline.open(app, options.roles ?? ALL_ROLES);
    const daemon = new Daemon(app, pipeline);
    try {
      await daemon.#start(options);
      return daemon;
    } catch (thrown) {
      await daemon.stop();
      throw thrown;
    }
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  async #start(options: DaemonOptions): Promise<void> {
    const { app, pipeline } = this;
    const { configuration } = app.loaded;
    const context: OperationContext = { app, daemon: this.handle() };
    if (pipeline.roles.has('sink')) {
      await refuseAnothersWorkspace(app);
      await requireAgreement(app, await writtenObjects(app, 'confirmed'));
    }
    await applyConfiguredOwners(context);
    applyPause(this.handle(), await pausedOf(context));
    app.metrics.set('changeover_build_info', { version: options.version }, 1);
    countAtScrape(app, pipeline);

    const heartbeat = this.#heartbeatOf(options);
    this.#heartbeat = heartbeat;
    await heartbeat.beat();
    await pipeline.start();
    this.#work = this.#guarded(
      Promise.all([
        pipeline.run(this.#stopping.signal),
        heartbeat.run(this.#stopping.signal),
        watchState(this.#watched(), { clock: app.ports.clock, logger: app.ports.logger }, this.#stopping.signal),
      ]),
    );

    this.#server = await startServer({
      host: configuration.server.host,
      port: configuration.server.port,
      adminToken: adminToken(app.paths),
      metrics: app.metrics,
      logger: app.ports.logger.child({ room: 'server' }),
      health: () => healthOf(app, pipeline, this.#stopping.signal),
      operations: new Map(
        OPERATIONS.map((operation) => [operation.name, (input: unknown) => operation.run(context, input)]),
      ),
    });
    // Where several processes share the state, commands work on it themselves.
    if (app.shape.kind === 'embedded') announceDaemon(app.paths, { pid: process.pid, url: this.#server.url });
    if (pipeline.roles.has('control')) this.#schedules = this.#schedule();
    app.ports.logger.info(
      { url: this.#server.url, roles: [...pipeline.roles], sources: pipeline.lanes.map(({ source }) => source) },
      'started',
    );
  }

  #heartbeatOf({ version }: DaemonOptions): Heartbeat {
    const { app, pipeline } = this;
    return new Heartbeat({
      state: app.state,
      clock: app.ports.clock,
      logger: app.ports.logger,
      holder: app.shape.holder,
      roles: [...pipeline.roles],
      sources: pipeline.lanes.flatMap(({ loop }) => (loop === null ? [] : [loop.source])),
      version,
      startedAt: this.#startedAt,
    });
  }

  /** What is decided elsewhere, by a command or in another process, and takes effect here. */
  #watched(): readonly Watched[] {
    const { app, pipeline } = this;
    let asked: unknown;
    return [
      {
        look: async () => applyPause(this.handle(), await pausedOf({ app })),
      },
      { look: () => pipeline.followMappings() },
      {
        look: async () => {
          const now = await pollAsked(app);
          if (asked !== undefined && now !== asked) {
            this.handle().poll();
            pipeline.writer?.pollSoon();
          }
          asked = now;
        },
      },
    ];
  }

  /** Polls the sources until the signal, or until the daemon stops. */
  async poll(signal: AbortSignal): Promise<void> {
    const until = AbortSignal.any([signal, this.#stopping.signal]);
    if (this.pipeline.roles.has('source')) await this.#guarded(this.pipeline.poll(until));
    else await aborted(until);
  }

  /** A loop that ends by a fault takes the daemon down, where a supervisor sees it; it never goes on half alive. */
  async #guarded(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return;
      this.app.ports.logger.error({ error: thrown }, 'a loop failed; stopping');
      this.#stopping.abort(thrown);
    }
  }

  #schedule(): readonly ScheduledTask[] {
    const { app } = this;
    const { schedules } = app.loaded.configuration;
    const task = (expression: string, name: string, work: (turn: Turn) => Promise<unknown>) => {
      if (!cron.validate(expression))
        throw new ChangeoverError('CONFIG_INVALID', `schedules.${name}: not a cron expression: ${expression}`);
      const logger = app.ports.logger.child({ schedule: name });
      return cron.schedule(
        expression,
        () =>
          unlessElsewhere({ ...app.ports, ...app.shape }, name, work).catch((thrown: unknown) =>
            logger.warn({ error: thrown }, `${name} failed; it is tried again at its next time`),
          ),
        {
          name,
          noOverlap: true,
        },
      );
    };
    return [
      task(schedules.reconcile, 'reconcile', (turn) => this.reconcile('verify', turn)),
      task(schedules.retention, 'retention', () => app.shape.removeExpired()),
    ];
  }

  /** Compares the counts of both sides and shows them; see src/reconcile. */
  async reconcile(lane: 'verify' | 'cutover', turn?: Turn) {
    const { app } = this;
    const { client } = await app.twenty();
    const stopping = this.#stopping.signal;
    const signal = turn === undefined ? stopping : AbortSignal.any([stopping, turn.lost]);
    const compared = await compareCounts({ state: app.state, twenty: client, lane }, signal);
    // What another one has compared since is newer.
    await turn?.confirm();
    for (const one of compared) {
      app.metrics.set(
        'changeover_reconciliation_records',
        { source: 'all', object: one.object, side: 'written' },
        one.written,
      );
      app.metrics.set(
        'changeover_reconciliation_records',
        { source: 'all', object: one.object, side: 'twenty' },
        one.found,
      );
      app.metrics.set(
        'changeover_reconciliation_mismatches',
        { object: one.object, level: 'counts' },
        Math.abs(one.difference),
      );
    }
    app.metrics.set('changeover_reconciliation_last_success_timestamp_seconds', {}, app.ports.clock.now() / 1000);
    return compared;
  }

  handle(): DaemonHandle {
    const { pipeline } = this;
    return {
      startedAt: this.#startedAt,
      runners: pipeline.lanes.flatMap(({ loop }) => (loop === null ? [] : [loop.runner])),
      writer: pipeline.writer,
      pipeline,
      poll: () => {
        for (const { loop } of pipeline.lanes) loop?.runner.nudge();
      },
      reconcile: (lane) => this.reconcile(lane),
      stop: () => this.#stopping.abort(new ChangeoverError('CANCELLED', 'stopped by an operator')),
    };
  }

  /** Drains: no new page, no new call; what is in flight is finished, for as long as `shutdownSeconds` allows. */
  async stop(): Promise<void> {
    const { app, pipeline } = this;
    if (!this.#stopping.signal.aborted) this.#stopping.abort(new ChangeoverError('CANCELLED', 'stopped'));
    for (const schedule of this.#schedules) await schedule.destroy();
    this.#schedules = [];
    const limit = new AbortController();
    const drained = Promise.all([this.#work, pipeline.writer?.stop(), pipeline.close()]).then(() =>
      this.#heartbeat?.leave(),
    );
    const late = app.ports.clock.sleep(app.loaded.configuration.shutdownSeconds * 1000, limit.signal).then(
      () =>
        app.ports.logger.warn(
          { seconds: app.loaded.configuration.shutdownSeconds },
          'calls in flight did not finish in time; they are settled at the next start',
        ),
      () => undefined,
    );
    await Promise.race([drained, late]);
    limit.abort();
    await this.#server?.close();
    if (app.shape.kind === 'embedded') withdrawDaemon(app.paths);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Two deployments never write to one workspace unknowingly, also when an address was changed after everything was confirmed. */
async function refuseAnothersWorkspace(app: Application): Promise<void> {
  const { client } = await app.twenty();
  for (const mapping of await mappingsOf(app, 'confirmed'))
    checkDeployment(client.workspace(), mapping.desired.synced, app.loaded.configuration.deployment);
}
