import { silentLogger } from '../../src/core/logger.ts';
import { type Clock, NO_STEPS } from '../../src/core/ports.ts';
import type { Connector, Page } from '../../src/source/connector.ts';
import type { ObjectReaderParts } from '../../src/source/runner/object-reader.ts';
import { NO_OBSERVER } from '../../src/source/runner/observer.ts';
import type { StateStore } from '../../src/state/state.ts';

export const SOURCE = 'crm';
export const OBJECT = 'contact';

/** A page of one record, after which the source is known as far as `at`. */
export function pageOf(id: string, at: number, more: Partial<Page> = {}): Page {
  const record = { id, op: 'UPSERT' as const, version: null, time: null, created: null, after: { Name: id } };
  return { records: [record], checkpoint: { at }, ...more };
}

/** A source of one object, whose pages the test gives: also those of a read that goes on where another one stopped. */
export function readingConnector(pages: (from: unknown, signal: AbortSignal) => AsyncIterable<Page>): Connector {
  const never = () => Promise.reject(new Error('nobody asks for it here'));
  return {
    source: SOURCE,
    capabilities: { deltas: 'modified-since', deletes: false, files: false, pollMs: 1_000 },
    describe: never,
    snapshot: (_object, from, signal) => pages(from, signal),
    changes: (_object, from, signal) => pages(from, signal),
    openFile: never,
    probe: never,
    close: () => Promise.resolve(),
  };
}

/** A reader's parts, without what each test gives itself. */
export function partsOf(given: {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly holder: string;
  readonly leaseMs: number;
  readonly connector: Connector;
}): Omit<ObjectReaderParts, 'object' | 'events'> {
  return {
    ...given,
    logger: silentLogger(),
    steps: NO_STEPS,
    observer: NO_OBSERVER,
    run: 'run',
  };
}
