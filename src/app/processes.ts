import type { StateTransaction } from '../state/state.ts';
import { GONE_MS, SILENT_MS } from './heartbeat.ts';

/** `silent`: it has not said for a while that it lives. It died, was frozen, or cannot reach the state. */
export const LIVELINESS = ['alive', 'silent'] as const;
export type Liveliness = (typeof LIVELINESS)[number];

/** One process of the deployment, as `changeover status` shows it. */
export interface ProcessStatus {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  readonly version: string;
  readonly state: Liveliness;
  readonly startedAt: string;
  readonly lastHeartbeat: string;
  /** Seconds. */
  readonly silentFor: number;
  /** What a process with the role `sink` does at present: one of them writes, the others take in and wait for its lease. */
  readonly writing: 'writer' | 'stands by' | null;
  /** The sources that it reads, and the objects of them, as `source/object`, that it is reading at this moment. */
  readonly sources: readonly string[];
  readonly reading: readonly string[];
}

/** Those that said something within the last quarter of an hour; who writes and who reads is told by the leases. */
export async function processesOf(tx: StateTransaction, now: number): Promise<readonly ProcessStatus[]> {
  const leases = (await tx.leases.all()).filter(({ expiresAt }) => expiresAt > now);
  const hold = (holder: string, kind: string) =>
    leases.filter((lease) => lease.holder === holder && lease.name.startsWith(kind)).map(({ name }) => name);
  const known = (await tx.processes.all()).filter(({ seenAt }) => now - seenAt < GONE_MS);
  return known.map(({ holder, host, pid, roles, sources, version, startedAt, seenAt }) => {
    const silentMs = Math.max(0, now - seenAt);
    const writes = hold(holder, 'writer:').length > 0;
    return {
      name: holder,
      host,
      pid,
      roles,
      version,
      state: silentMs < SILENT_MS ? 'alive' : 'silent',
      startedAt: new Date(startedAt).toISOString(),
      lastHeartbeat: new Date(seenAt).toISOString(),
      silentFor: Math.round(silentMs / 1000),
      writing: writes ? 'writer' : roles.includes('sink') ? 'stands by' : null,
      sources,
      reading: hold(holder, 'reader:').map((name) => name.slice('reader:'.length)),
    };
  });
}
