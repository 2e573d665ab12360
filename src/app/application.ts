import { EmbeddedBus } from '../bus/embedded/embedded-bus.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { EventLog } from '../events/log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { openSqliteState, type SqliteStateStore } from '../state/sqlite/store.ts';
import { stateNames } from './names.ts';
import { makeFolders, type Paths, pathsOf } from './paths.ts';
import type { Ports } from './ports.ts';
import { connectTwenty, keepBudget, type TwentyConnection } from './twenty.ts';

/** `write`: this process is the deployment's only one. `read`: another may be running, and nothing of it is touched. */
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
  readonly state: SqliteStateStore;
  readonly bus: EmbeddedBus;
  readonly events: EventLog;
  #twenty: Promise<TwentyConnection> | null = null;

  private constructor(
    loaded: LoadedConfiguration,
    paths: Paths,
    ports: Ports,
    state: SqliteStateStore,
    bus: EmbeddedBus,
  ) {
    this.loaded = loaded;
    this.paths = paths;
    this.ports = ports;
    this.metrics = createMetrics();
    this.state = state;
    this.bus = bus;
    const days = loaded.configuration.log.retentionDays;
    this.events = new EventLog({
      bus,
      schemas: bus.schemas,
      names: stateNames(state),
      retentionMs: days === undefined ? null : days * 86_400_000,
    });
  }

  /** @throws BUS_LOCKED when another process has the deployment open for writing. */
  static async open(loaded: LoadedConfiguration, ports: Ports, access: Access): Promise<Application> {
    const paths = pathsOf(loaded);
    makeFolders(
      paths,
      loaded.configuration.sources.map((source) => source.name),
    );
    // The log first: its lock is what keeps a second writer out of the state too.
    const bus = new EmbeddedBus({ file: paths.log, clock: ports.clock, logger: ports.logger, access });
    try {
      const state = await openSqliteState({ file: paths.state, clock: ports.clock });
      return new Application(loaded, paths, ports, state, bus);
    } catch (thrown) {
      await bus.close();
      throw thrown;
    }
  }

  /** Connects on first use: many commands need no workspace. */
  twenty(): Promise<TwentyConnection> {
    this.#twenty ??= connectTwenty(this.loaded, this.ports, this.state, this.metrics).catch((thrown: unknown) => {
      this.#twenty = null;
      throw thrown;
    });
    return this.#twenty;
  }

  /** @throws STATE_BACKUP_TARGET where the file exists. */
  async backupState(file: string): Promise<void> {
    await this.state.backup(file);
  }

  /** Deletes events older than the retention, where one is set. */
  async removeExpired(): Promise<void> {
    await this.bus.removeExpired();
  }

  async close(): Promise<void> {
    const connection = await this.#twenty?.catch(() => null);
    if (connection != null) {
      await keepBudget(connection, this.state);
      await connection.client.close();
    }
    await this.bus.close();
    await this.state.close();
    await this.ports.http.close();
  }
}
