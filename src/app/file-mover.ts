import { ChangeoverError } from '../core/errors.ts';
import { createFileMover, type FileMover, Staging } from '../files/index.ts';
import type { TwentyClient } from '../twenty/client.ts';
import type { Transport } from '../twenty/transport.ts';
import { Uploads } from '../twenty/uploads.ts';
import type { Application } from './application.ts';
import { deadlineOf } from './deadline.ts';
import type { SourceUnit } from './source-unit.ts';

export interface FileWiring {
  readonly client: TwentyClient;
  readonly transport: Transport;
  readonly run: string;
  unitOf(source: string): SourceUnit | undefined;
}

const MEGABYTE = 1_000_000;

/** The writer of files of one life of the writer: sources by their connectors, Twenty by the one client. */
export function fileMoverFor(app: Application, wiring: FileWiring): FileMover {
  const { ports, loaded, paths, metrics } = app;
  const { files, retry, twenty } = loaded.configuration;
  return createFileMover({
    state: app.state,
    twenty: wiring.client,
    uploads: new Uploads({
      transport: wiring.transport,
      twenty: wiring.client,
      http: ports.http,
      timeoutMs: twenty.timeoutSeconds * 1000,
    }),
    staging: () =>
      Staging.open(
        paths.files,
        { room: files.stagingMegabytes * MEGABYTE, largest: files.largestMegabytes * MEGABYTE },
        ports.random,
      ),
    open: async (source, reference, signal, size) => {
      const unit = wiring.unitOf(source);
      if (unit === undefined) throw new ChangeoverError('INTERNAL', `no source is called ${source}`);
      return unit.connector.openFile(reference, signal, size);
    },
    clock: ports.clock,
    logger: ports.logger.child({ room: 'files' }),
    steps: ports.steps,
    run: wiring.run,
    observe: {
      moved: (step, bytes) => metrics.add('changeover_file_bytes_total', { step }, bytes),
      settled: (source, object, state, count) =>
        metrics.add('changeover_file_steps_total', { source, object, state }, count),
    },
    options: {
      parallel: files.parallel,
      deadlineMs: deadlineOf(twenty.timeoutSeconds),
      attempts: retry.attempts,
    },
  });
}
