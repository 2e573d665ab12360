import { existsSync } from 'node:fs';
import { EmbeddedBus } from '../../bus/embedded/embedded-bus.ts';
import type { EmbeddedSchemaTable } from '../../bus/embedded/schema-table.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { WRITER_DEFAULTS } from '../../sink/index.ts';
import { openSqliteState } from '../../state/sqlite/store.ts';
import type { Access } from '../application.ts';
import type { Paths } from '../paths.ts';
import type { Ports } from '../ports.ts';
import type { Shape } from './shape.ts';

/** The log is a file, which keeps its schemas too. */
export interface EmbeddedShape extends Shape {
  readonly schemas: EmbeddedSchemaTable;
}

/** @throws BUS_LOCKED when another process has the deployment open for writing. */
export async function openEmbedded(
  loaded: LoadedConfiguration,
  paths: Paths,
  ports: Ports,
  access: Access,
): Promise<EmbeddedShape> {
  if (access === 'read') await makeLog(paths, ports);
  // The log first: its lock is what keeps a second writer out of the state too.
  const bus = new EmbeddedBus({ file: paths.log, clock: ports.clock, logger: ports.logger, access });
  try {
    const state = await openSqliteState({
      file: paths.state,
      clock: ports.clock,
      deployment: loaded.configuration.deployment,
    });
    return {
      kind: 'embedded',
      bus,
      schemas: bus.schemas,
      state,
      partitions: 1,
      // One process owns the data folder (the log's lock), so a restart takes its own leases back at once.
      holder: `embedded:${loaded.configuration.deployment}`,
      leaseMs: WRITER_DEFAULTS.leaseMs,
      async removeExpired() {
        await bus.removeExpired();
      },
      async close() {
        await bus.close();
        await state.close();
      },
    };
  } catch (thrown) {
    await bus.close();
    throw thrown;
  }
}

/**
 * Whoever looks before anything ever ran (`doctor`, `discover`, `map check`) finds an empty log, as the first run would.
 * Where there is a state, a log is missing and not new: opening it says so.
 */
async function makeLog(paths: Paths, ports: Ports): Promise<void> {
  if (existsSync(paths.log) || existsSync(paths.state)) return;
  await new EmbeddedBus({ file: paths.log, clock: ports.clock, logger: ports.logger }).close();
}
