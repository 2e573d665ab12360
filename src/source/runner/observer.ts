import type { ChangeEvent } from '../../events/event.ts';

/** What the runner tells whoever watches: metrics, progress, status. Called after the fact; must not throw. */
export interface SourceObserver {
  appended(source: string, object: string, events: readonly ChangeEvent[]): void;
  rejected(source: string, object: string, rows: number): void;
  /** Records still to come in this read; null when unknown. */
  progress(source: string, object: string, remaining: number | null): void;
  /** A snapshot was read to its end; `takenAt` is when the source took it, milliseconds, null where unknown. */
  snapshotRead(source: string, object: string, takenAt: number | null): void;
  /** A whole poll came to its end. */
  polled(source: string, status: 'ok' | 'nothing-new' | 'error'): void;
  waited(source: string, cause: string, seconds: number): void;
}

export const NO_OBSERVER: SourceObserver = {
  appended: () => undefined,
  rejected: () => undefined,
  progress: () => undefined,
  snapshotRead: () => undefined,
  polled: () => undefined,
  waited: () => undefined,
};
