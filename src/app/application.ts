import type { EventBus } from '../bus/bus.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { EventLog } from '../events/log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { StateStore } from '../state/state.ts';
import { oneAfterTheOther } from './alone.ts';
import { stateNames } from './names.ts';
import { makeFolders, type Paths, pathsOf } from './paths.ts';
import type { Ports } from './ports.ts';
import { openShape } from './shapes/open.ts';
import type { Shape } from './shapes/shape.ts';
import { stateIdentity } from './state-identity.ts';
import { connectTwenty, keepBudget, type TwentyConnection } from './twenty.ts';

/** `write`: may change the deployment. `read`: a daemon may be running on the same files, and nothing of it is touched. */
export type Access = 'write' | 'read';

/**
 * Everything of one deployment, opened and wired, with nothing running yet: what the daemon runs and what
 * commands work on while no daemon runs.
 */
export class Application {
  readonly loaded: LoadedConfiguration;
  readonly paths: Paths;
  readonly ports: Ports;
  readonly metrics: Metrics;
  readonly shape: Shape;
  readonly events: EventLog;
  #twenty: Promise<TwentyConnection> | null = null;

  private constructor(loaded: LoadedConfiguration, paths: Paths, ports: Ports, shape: Shape) {
    this.loaded = loaded;
    this.paths = paths;
    this.ports = ports;
    this.metrics = createMetrics();
    this.shape = shape;
    const days = loaded.configuration.log.retentionDays;
    this.events = new EventLog({
      bus: shape.bus,
      schemas: shape.schemas,
      names: stateNames(shape.state),
      partitions: shape.partitions,
      ...(shape.kind === 'embedded' ? {} : { alone: oneAfterTheOther({ ...ports, ...shape }, 'declare') }),
      retentionMs: days === undefined ? null : days * 86_400_000,
      owner: {
        deployment: loaded.configuration.deployment,
        state: () => stateIdentity(shape.state, ports.random),
        now: () => ports.clock.now(),
      },
    });
  }

  /**
   * Opens log and state, in the shape that the configuration names.
   * @throws BUS_LOCKED when another process has an embedded deployment open for writing.
   */
  static async open(loaded: LoadedConfiguration, ports: Ports, access: Access): Promise<Application> {
    const paths = pathsOf(loaded);
    makeFolders(
      paths,
      loaded.configuration.sources.map((source) => source.name),
    );
    const shape = await openShape(loaded, paths, ports, access);
    // Before anything else is stored: every backup has it.
    if (access === 'write') await stateIdentity(shape.state, ports.random);
    return new Application(loaded, paths, ports, shape);
  }

  get state(): StateStore {
    return this.shape.state;
  }

  get bus(): EventBus {
    return this.shape.bus;
  }

  /** Connects on first use: many commands need no workspace. */
  twenty(): Promise<TwentyConnection> {
    this.#twenty ??= connectTwenty(this.loaded, this.ports, this.shape, this.metrics).catch((thrown: unknown) => {
      this.#twenty = null;
      throw thrown;
    });
    return this.#twenty;
  }

  async close(): Promise<void> {
    const connection = await this.#twenty?.catch(() => null);
    if (connection != null) {
      await keepBudget(connection, this.shape);
      await connection.client.close();
    }
    await this.shape.close();
    await this.ports.http.close();
  }
}
