import type { Clock, Random } from '../../../src/core/ports.ts';
import type { FileVault } from '../files.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { WorkspaceLimiter } from '../limiter.ts';
import type { Model } from '../model/model.ts';
import type { Store } from '../store/store.ts';
import { limitReached } from '../versions/throttling.ts';
import type { VersionTraits } from '../versions/traits.ts';

/** Who makes a call, as it will stand in `createdBy` and `updatedBy`. */
export interface Caller {
  readonly actor: JsonObject;
  /** Calls of people are not throttled; those of API keys and applications are (twenty.md §4). */
  readonly throttled: boolean;
  /** The member, where a person acts. */
  readonly memberId: string | null;
  /** May read and change the data model, as the role of the key says (twenty.md §9). */
  readonly mayChangeModel: boolean;
}

export function apiKeyCaller(name: string, mayChangeModel = true): Caller {
  return {
    actor: { source: 'API', workspaceMemberId: null, name, context: {} },
    throttled: true,
    memberId: null,
    mayChangeModel,
  };
}

export function personCaller(name: string, memberId: string | null): Caller {
  return {
    actor: { source: 'MANUAL', workspaceMemberId: memberId, name, context: {} },
    throttled: false,
    memberId,
    mayChangeModel: true,
  };
}

/** A webhook that is set up in the workspace. It is listed, and never called. */
export interface SandboxWebhook {
  readonly id: string;
  readonly targetUrl: string;
  /** `person.created`, `*.updated`. */
  readonly operations: readonly string[];
}

/** Everything the operations work on. One engine is one workspace. */
export interface Engine {
  readonly traits: VersionTraits;
  readonly model: Model;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly limiter: WorkspaceLimiter;
  readonly files: FileVault;
  readonly webhooks: readonly SandboxWebhook[];
  /** Writes the timeline rows the server's worker writes. */
  readonly timeline: boolean;
}

export function nowText(engine: Engine): string {
  return new Date(engine.clock.now()).toISOString();
}

/**
 * Runs one query or mutation as the server does: the limiter first, then the work. What was written stays written
 * even where the work ends in a refusal (O2, "Not atomic"), and is durable before the answer.
 */
export function execute<T>(engine: Engine, caller: Caller, work: () => T): T {
  if (caller.throttled) {
    const verdict = engine.limiter.take(engine.clock.now());
    if (!verdict.granted) {
      const { limit, nextTokenMs } = verdict;
      throw limitReached(engine.traits.throttling, { ...limit, remaining: 0, nextTokenMs });
    }
  }
  try {
    return work();
  } finally {
    engine.store.commit();
  }
}

/** Text default values carry their own quotes: `'NEW'`. */
export function plainDefault(value: Json): Json {
  if (typeof value === 'string') return value.replace(/^'(.*)'$/s, '$1');
  if (Array.isArray(value)) return value.map(plainDefault);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([part, inner]) => [part, plainDefault(inner)]));
}
