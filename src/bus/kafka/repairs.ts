import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

interface MetadataResponse {
  parse(data: unknown): Promise<unknown>;
}

const REPAIRED = Symbol('changeover.repaired');
const METADATA_VERSIONS = [0, 1, 2, 3, 4, 5, 6];

/** Mends what cannot be worked around in kafkajs 2.2.4, which nobody maintains any more. Done once for each process. */
export function repairKafkajs(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { [REPAIRED]?: true };
  };
  if (prototype[REPAIRED] === true) return;
  prototype[REPAIRED] = true;
  repairTimers(prototype);
  for (const version of METADATA_VERSIONS) {
    repairMetadata(require(`kafkajs/src/protocol/requests/metadata/v${version}/response`) as MetadataResponse);
  }
}

/**
 * After every answer it asks for a timer, also where nothing waits: of a length far below zero (Node 24 warns of it:
 * TimeoutNegativeWarning), which fires at once and asks for the next, a thousand times a second for each connection. Now
 * only where a request waits.
 */
function repairTimers(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/**
 * One topic without a leader, or deleted, makes it throw away what the brokers said of all others, and of themselves. Now
 * the answer is kept as it came: each topic and partition in it carries its own error code.
 */
function repairMetadata(response: MetadataResponse): void {
  response.parse = async (data) => data;
}
