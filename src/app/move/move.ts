import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfiguration } from '../../config/load.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { type MovedLog, placesMoved } from '../../state/backup/move.ts';
import { translateBackup } from '../../state/backup/translate.ts';
import type { BackupSummary } from '../../state/engine.ts';
import { makeFolders, type Paths, pathsOf } from '../paths.ts';
import type { Ports } from '../ports.ts';
import { type EmbeddedShape, openEmbedded } from '../shapes/embedded.ts';
import { openScaledOut } from '../shapes/scaled-out.ts';
import { type ScaledOutConfiguration, scaledOut } from '../shapes/settings.ts';
import type { Shape } from '../shapes/shape.ts';
import { halfMoved, refuseHalfMoved, refuseMovedFiles } from './guards.ts';
import { moveLog, type TopicReport } from './log.ts';
import { MOVE_SETTING, type MoveNote, moveInto, newNote, readNote, writeNote } from './note.ts';
import { type PlannedTopic, planTopics, refuseShortRetention, refuseUsedTarget } from './plan.ts';

export interface MoveRequest {
  readonly by: string;
  /** Only says what would move, and what stands in the way. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  progress(step: MoveStep, topic: string, done: number, total: number): void;
}

export type MoveStep = 'copying' | 'comparing' | 'state';

export type MoveReport =
  | { readonly outcome: 'planned'; readonly continued: boolean; readonly topics: readonly PlannedTopic[] }
  | {
      readonly outcome: 'moved';
      readonly continued: boolean;
      readonly topics: readonly TopicReport[];
      readonly state: Pick<BackupSummary, 'rows' | 'tables' | 'sha256'>;
    }
  /** An earlier move had come to its end, and only had not said so everywhere. */
  | { readonly outcome: 'finished' };

/**
 * Moves an embedded deployment to the servers that its configuration names: log, state and positions. The files live
 * until the copy is whole and compared; from then on the servers do. Broken off anywhere, it goes on when started again.
 * @throws USAGE, MOVE_NOTHING, MOVE_DONE, MOVE_TARGET_USED, MOVE_UNFINISHED, MOVE_RETENTION, MOVE_DIFFERS, BUS_LOCKED, and
 *   whatever keeps the files or the servers from being opened
 */
export async function moveDeployment(
  loaded: LoadedConfiguration,
  ports: Ports,
  request: MoveRequest,
): Promise<MoveReport> {
  const servers = scaledOut(loaded.configuration);
  if (servers === null) {
    throw new ChangeoverError('USAGE', 'the configuration names no servers to move to', {
      hint: 'Set kafka, registry and state in changeover.yaml: docs/guide/shapes.md.',
    });
  }
  const paths = pathsOf(loaded);
  if (!existsSync(paths.log) || !existsSync(paths.state)) {
    throw new ChangeoverError('MOVE_NOTHING', `no embedded deployment lies in ${paths.data}`, {
      place: { file: paths.data },
    });
  }
  makeFolders(paths, []);
  const files = await openEmbedded(loaded, paths, ports, 'write');
  try {
    const target = await openScaledOut(servers, loaded, ports);
    try {
      return await new Move({ servers, paths, ports, request, files, target }).run();
    } finally {
      await target.close();
    }
  } finally {
    await files.close();
  }
}

interface Ends {
  readonly servers: ScaledOutConfiguration;
  readonly paths: Paths;
  readonly ports: Ports;
  readonly request: MoveRequest;
  readonly files: EmbeddedShape;
  readonly target: Shape;
}

class Move {
  readonly #ends: Ends;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  async run(): Promise<MoveReport> {
    const { paths, target, files, request, ports, servers } = this.#ends;
    const inside = await target.state.read((tx) => moveInto(tx));
    const over = readNote(paths.moved);
    if (over !== null) return this.#sayOver(over, inside);
    const begun = readNote(paths.moving);
    const continued = begun !== null && inside?.id === begun.id;
    if (!continued) await refuseHalfMoved(target.state);
    const topics = await planTopics(files, target);
    const days = servers.log.retentionDays;
    const retentionMs = days === undefined ? null : days * 86_400_000;
    await refuseShortRetention(files.bus, topics, retentionMs, ports.clock);
    if (!continued)
      await refuseUsedTarget(
        files,
        target,
        servers.sources.map(({ name }) => name),
      );
    if (request.dryRun) return { outcome: 'planned', continued, topics };
    const note = continued ? begun : await this.#begin();
    const { signal, progress } = request;
    const { schemas } = files;
    const moved = await moveLog({ from: files, to: target, schemas, topics, retentionMs, signal, progress });
    const state = await this.#moveState(moved.log, note, continued);
    // From here on the files are a copy of what was.
    writeNote(paths.moved, note);
    await this.#end(note);
    return { outcome: 'moved', continued, topics: moved.topics, state };
  }

  async #begin(): Promise<MoveNote> {
    const { paths, ports, request, target } = this.#ends;
    const note = newNote(ports.random.uuid(), ports.clock, request.by);
    writeNote(paths.moving, note);
    await target.state.transaction(async (tx) => {
      const other = await moveInto(tx);
      if (other !== null) throw halfMoved(other);
      await tx.settings.set(MOVE_SETTING, note);
    });
    return note;
  }

  /** By way of a backup, which is compared with what was stored; it still tells of the move. */
  async #moveState(log: MovedLog, note: MoveNote, continued: boolean): Promise<BackupSummary> {
    const { paths, files, target, request } = this.#ends;
    const [before, after] = [join(paths.data, 'moving.before.state'), join(paths.data, 'moving.after.state')];
    const remove = () => {
      for (const file of [before, after]) rmSync(file, { force: true });
    };
    remove();
    try {
      request.progress('state', '', 0, 1);
      await files.state.backup(before);
      await translateBackup(before, after, placesMoved(log, { [MOVE_SETTING]: note }));
      request.signal.throwIfAborted();
      const restored = await target.state.restore(after, { replace: continued });
      request.progress('state', '', 1, 1);
      return restored;
    } finally {
      remove();
    }
  }

  /** The copy lives from now on. */
  async #end(note: MoveNote): Promise<void> {
    const { paths, ports, request, servers, target } = this.#ends;
    const entries = servers.sources.map(({ name }) => ({
      at: ports.clock.now(),
      by: request.by,
      action: 'move',
      source: name,
      object: null,
      key: null,
      reason: null,
      detail: { move: note.id, from: paths.data, kafka: servers.kafka.brokers, begunBy: note.by },
    }));
    await target.state.transaction(async (tx) => {
      await tx.settings.delete(MOVE_SETTING);
      await tx.audit.append(entries);
    });
    rmSync(paths.moving, { force: true });
    ports.logger.info({ by: request.by, move: note.id }, 'moved');
  }

  async #sayOver(over: MoveNote, inside: MoveNote | null): Promise<MoveReport> {
    if (inside?.id !== over.id) refuseMovedFiles(this.#ends.paths);
    if (!this.#ends.request.dryRun) await this.#end(over);
    return { outcome: 'finished' };
  }
}
