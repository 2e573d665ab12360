import { BreakerGate } from './breaker-gate.ts';
import type { Fence } from './caller.ts';
import { unconfirmedSource } from './confirmed.ts';
import type { WriterDeps } from './deps.ts';
import type { ObjectGate } from './object-gates.ts';
import type { Pauses } from './pauses.ts';
import type { Polls } from './polls.ts';
import type { Publishing } from './publishing.ts';
import { QualityGate } from './quality-gate.ts';
import type { Restored } from './restored.ts';

/** Whom the gates ask. */
export interface GateParts {
  readonly deps: WriterDeps;
  readonly pauses: Pauses;
  readonly polls: Polls;
  readonly publishing: Publishing;
  readonly restored: Restored;
}

/** Keeps the writer from doing anything; asked at the beginning of every turn. */
interface GateOfEverything {
  readonly keeps: 'everything';
  /** The writer's state while it is closed. */
  readonly state: 'unconfirmed' | 'starting';
  /** Whoever waits for the writer to come to rest is told, since a person has to open it. */
  readonly rests: boolean;
  /** Why it is closed, in words a person can use; null: it is open. `say`: what it does meanwhile. */
  why(parts: GateParts, fence: Fence, say: (reason: string) => void): Promise<string | null>;
}

/** Keeps records from being planned, or calls from starting; whatever else there is goes on. */
interface GateOfPart {
  readonly keeps: 'planning' | 'calls';
  why(parts: GateParts): string | null;
}

/** Gates of the writer as a whole. */
export type GateName = 'mapping' | 'restored' | 'refusals' | 'polls' | 'operator' | 'lane';

/** Each gate: what it keeps from happening, and why it is closed at present. Asked in this order (SPEC.md §3). */
export const GATES: Readonly<Record<GateName, GateOfEverything | GateOfPart>> = {
  /** The mapping that is loaded is the one that was confirmed (I8). */
  mapping: {
    keeps: 'everything',
    state: 'unconfirmed',
    rests: true,
    why: async ({ deps }) => {
      const source = await deps.state.read((tx) => unconfirmedSource(tx, deps.mappings()));
      return source === null ? null : `the mapping of ${source} that is loaded is not the one that was confirmed`;
    },
  },
  /** Twenty was read since the state came from a backup (I29). */
  restored: {
    keeps: 'everything',
    state: 'starting',
    rests: false,
    why: ({ restored }, fence, say) => restored.reclaimed(fence, say),
  },
  /** What the topics say of refusals was read, so that nothing is decided that was decided before (§9). */
  refusals: {
    keeps: 'planning',
    why: ({ publishing }) => (publishing.informed ? null : 'what the log says of refusals was not read yet'),
  },
  /** Members and unique values were read in this life (§3). */
  polls: {
    keeps: 'planning',
    why: ({ polls }) => (polls.pending ? 'members and unique values were not read yet' : null),
  },
  /** An operator paused the writer. */
  operator: {
    keeps: 'calls',
    why: ({ pauses }) => (pauses.byOperator ? 'paused by an operator' : null),
  },
  /** Twenty refused the token, throttles us, or is out of reach (§4, §5). */
  lane: {
    keeps: 'calls',
    why: ({ pauses }) => pauses.laneReason,
  },
};

/** Gates of one object each: nothing of it is taken, and what is queued is dropped (§10). */
export type ObjectGateName = 'quality' | 'breaker';

export const OBJECT_GATES: Readonly<Record<ObjectGateName, (deps: WriterDeps) => ObjectGate>> = {
  /** Enough of its records pass the mapping's quality rules (ALL-12). */
  quality: (deps) => new QualityGate(deps),
  /** Not too many of its records were refused (I19). */
  breaker: (deps) => new BreakerGate(deps),
};

/** A closed gate of everything, and why. */
export interface Closed extends Pick<GateOfEverything, 'state' | 'rests'> {
  readonly reason: string;
}

/** The first gate that keeps the writer from doing anything; null: none. `show`: what one does meanwhile. */
export async function firstClosed(
  parts: GateParts,
  fence: Fence,
  show: (closed: Closed) => void,
): Promise<Closed | null> {
  for (const gate of Object.values(GATES)) {
    if (gate.keeps !== 'everything') continue;
    const { state, rests } = gate;
    const reason = await gate.why(parts, fence, (doing) => show({ state, rests, reason: doing }));
    if (reason !== null) return { state, rests, reason };
  }
  return null;
}

/** Whether every gate lets this happen. */
export function isOpen(parts: GateParts, what: GateOfPart['keeps']): boolean {
  return Object.values(GATES).every((gate) => gate.keeps !== what || gate.why(parts) === null);
}
