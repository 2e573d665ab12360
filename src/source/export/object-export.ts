import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ChangeoverError } from '../../core/errors.ts';
import type { Checkpoint, ConnectorContext, Page, SnapshotCount, SourceQuestion } from '../connector.ts';
import { asWorkError } from '../delimited/files.ts';
import { writeRejects } from '../delimited/rejects.ts';
import { stageFile } from '../delimited/stage.ts';
import { checkpointAt, type ExportCheckpoint, isAtEnd, parseCheckpoint } from './checkpoint.ts';
import { buildPlan, Plan } from './fingerprints.ts';
import type { PlanFacts } from './plan.ts';
import { planPages, planRejects } from './plan-pages.ts';
import type { ExportObjectProfile, ExportSourceOptions } from './profile.ts';
import {
  deletesId,
  deletesQuestion,
  missingColumn,
  missingObject,
  missingObjectId,
  waivedColumns,
} from './questions.ts';
import { type ExportSet, fileOf, openSetFile, type SetFile } from './set.ts';
import type { FolderState, FolderWatch } from './watch.ts';
import { ObjectFolder } from './workspace.ts';

/** The export id of an object of which someone said that it is not needed. */
const ABSENT = 'absent';

/** Reads one object of a drop folder: finds the newest export, compares it with the last one, and gives pages. */
export class ObjectExport {
  readonly #context: ConnectorContext;
  readonly #options: ExportSourceOptions;
  readonly #object: ExportObjectProfile;
  readonly #watch: FolderWatch;
  readonly #folder: ObjectFolder;

  constructor(
    context: ConnectorContext,
    options: ExportSourceOptions,
    object: ExportObjectProfile,
    watch: FolderWatch,
  ) {
    this.#context = context;
    this.#options = options;
    this.#object = object;
    this.#watch = watch;
    this.#folder = new ObjectFolder(context.workFolder, object.name);
  }

  /** Goes on after the checkpoint until there is nothing more at present; everything where there is no checkpoint. */
  async *read(since: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    await this.#folder.prepare();
    let checkpoint = since === null ? null : parseCheckpoint(since, this.#object.name);
    await this.#folder.clear(checkpoint?.export ?? null, checkpoint?.base ?? null);
    if (checkpoint !== null && !isAtEnd(checkpoint)) {
      const path = this.#folder.plan(checkpoint.export, checkpoint.base);
      if (this.#usable(path, checkpoint.export)) checkpoint = yield* this.#send(path, checkpoint, signal);
      else {
        this.#context.logger.warn(
          { object: this.#object.name },
          'the work folder lost an export in the middle of reading it; it is read anew',
        );
        checkpoint = null;
      }
    }
    if (checkpoint?.phase === 'withheld') checkpoint = yield* this.#answered(checkpoint, signal);
    const state = await this.#watch.look(signal);
    let next: string | Page | null;
    try {
      next = await this.#next(state, checkpoint, signal);
    } catch (thrown) {
      const question = this.#questionOf(thrown, state);
      if (question !== null && checkpoint !== null) yield { records: [], checkpoint, questions: [question] };
      throw thrown;
    }
    if (next === null) return;
    if (typeof next !== 'string') yield next;
    else yield* this.#send(next, null, signal);
  }

  /** What a person may answer to an export that lacks something, so that it can be read all the same. Reading goes on trying: the next export may have it. */
  #questionOf(thrown: unknown, { newest }: FolderState): SourceQuestion | null {
    if (!(thrown instanceof ChangeoverError) || newest === null) return null;
    if (thrown.code === 'EXPORT_OBJECT_MISSING') return missingObject(this.#object, newest.name, false);
    const column = thrown.place.field;
    if (thrown.code !== 'EXPORT_COLUMN_MISSING' || column === undefined || column === this.#object.id[0]) return null;
    return missingColumn(this.#object, column, newest.name, true, false);
  }

  #usable(plan: string, exportId: string): boolean {
    return existsSync(plan) && existsSync(this.#folder.staged(exportId));
  }

  /** The path of the plan to send next, a page that says there is nothing to send, or null where there is nothing to say. */
  async #next(
    state: FolderState,
    checkpoint: ExportCheckpoint | null,
    signal: AbortSignal,
  ): Promise<string | Page | null> {
    const set = state.newest;
    if (set === null) {
      const { folder } = this.#options;
      throw (
        state.problem ??
        state.unready ??
        new ChangeoverError('EXPORT_NONE', `no export in ${folder}`, { place: { file: folder } })
      );
    }
    if (
      checkpoint !== null &&
      set.takenAt !== null &&
      checkpoint.takenAt !== null &&
      set.takenAt < checkpoint.takenAt
    ) {
      const message = `${set.name} (${new Date(set.takenAt).toISOString()}) is older than ${checkpoint.set}, which was read last`;
      throw new ChangeoverError('EXPORT_OLDER', message, { place: { file: set.path, object: this.#object.name } });
    }
    const file = fileOf(set, this.#object);
    if (file === null) return this.#absent(set, checkpoint);
    const identity = [set.path, file.path, file.size, file.modified, set.takenAt, this.#options.profile.revision ?? 1];
    const signature = hash('sha256', identity.join('\n')).slice(0, 32);
    const base = checkpoint === null || checkpoint.export === ABSENT ? null : checkpoint;
    if (base !== null && base.file === signature) {
      // Nothing new, but something newer may be there that cannot be read.
      if (state.problem !== null) throw state.problem;
      return null;
    }
    const prepared = await this.#prepared(base, signature);
    if (prepared !== null) return prepared;
    return this.#compare(set, file, signature, base, signal);
  }

  /** A plan that was built before a crash, and not begun. */
  async #prepared(base: ExportCheckpoint | null, signature: string): Promise<string | null> {
    for (const path of await this.#folder.plansAgainst(base?.export ?? null)) {
      const facts = this.#facts(path);
      if (facts?.fileSignature === signature && facts.exportId !== base?.export && this.#usable(path, facts.exportId))
        return path;
    }
    return null;
  }

  #facts(path: string): PlanFacts | null {
    if (!existsSync(path)) return null;
    try {
      const plan = new Plan(path);
      plan.close();
      return plan.facts;
    } catch (cause) {
      this.#context.logger.warn(
        { object: this.#object.name, cause: String(cause) },
        'a comparison in the work folder is damaged; it is made anew',
      );
      return null;
    }
  }

  async #absent(set: ExportSet, checkpoint: ExportCheckpoint | null): Promise<Page | null> {
    const name = this.#object.name;
    const answers = await this.#context.answers();
    const needed = this.#object.presence === 'required' || (checkpoint !== null && checkpoint.export !== ABSENT);
    if (needed && answers.get(missingObjectId(name)) !== 'not needed') {
      throw new ChangeoverError(
        'EXPORT_OBJECT_MISSING',
        `${set.name} has no file for ${name} (${this.#object.files.join(', ')})`,
        {
          place: { file: set.path, object: name },
        },
      );
    }
    if (checkpoint !== null) return null;
    const count = { snapshot: `${set.name}#absent`, takenAt: set.takenAt, rows: 0, rejected: 0, retained: 0 };
    const at: ExportCheckpoint = {
      export: ABSENT,
      base: null,
      file: '',
      set: set.name,
      takenAt: set.takenAt,
      phase: 'done',
      position: 0,
    };
    return { records: [], checkpoint: at, begins: count, ends: count };
  }

  async #compare(
    set: ExportSet,
    file: SetFile,
    signature: string,
    base: ExportCheckpoint | null,
    signal: AbortSignal,
  ): Promise<string | Page> {
    const { profile, limits, knownIds } = this.#options;
    const source = { name: file.path, open: () => openSetFile(set, file.path) };
    const copy = await stageFile(source, this.#folder.incoming, profile.dialect ?? {}, signal);
    await this.#sameAsListed(set, file, copy.sha256, copy.originalSize, signal);
    const exportId = hash('sha256', `${copy.sha256} ${profile.revision ?? 1}`).slice(0, 32);
    const known = base === null ? null : this.#facts(this.#folder.plan(base.export, base.base));
    if (base !== null && known !== null && base.export === exportId)
      return this.#sameContent(set, signature, base, known);
    const staged = { ...copy, path: await this.#folder.keep(exportId) };
    const against = known === null ? null : base;
    const path = this.#folder.plan(exportId, against?.export ?? null);
    const answers = await this.#context.answers();
    const facts = await buildPlan({
      path,
      staged,
      profile,
      object: this.#object,
      waived: waivedColumns(this.#object.name, answers),
      longestCell: limits?.cellCharacters ?? 1_048_576,
      steps: this.#context.steps,
      signal,
      exportId,
      fileSignature: signature,
      set: set.name,
      takenAt: set.takenAt,
      base:
        against === null
          ? null
          : {
              path: this.#folder.plan(against.export, against.base),
              exportId: against.export,
              removalsWithheld: against.phase !== 'done',
            },
      expectedRows: file.rows,
      lineEndExpected: file.sha256 === null && against !== null && known?.endsInLine === true,
      expectedColumns: new Set(against === null ? [] : known?.layout.columns.map((column) => column.name)),
      knownIds: against === null ? (knownIds?.(this.#object.name) ?? null) : null,
    });
    const { rows, rejected, upserts, removals } = facts;
    this.#context.logger.info(
      { object: this.#object.name, set: set.name, rows, rejected, upserts, removals, full: against === null },
      'export compared',
    );
    return path;
  }

  /** The copy must be what was listed, and what the manifest says; else the file changed while it was copied. */
  async #sameAsListed(set: ExportSet, file: SetFile, sha256: string, size: number, signal: AbortSignal): Promise<void> {
    const place = { file: `${set.name}/${file.path}` };
    if (file.sha256 !== null && file.sha256 !== sha256) {
      throw new ChangeoverError('EXPORT_DAMAGED', `${place.file} differs from the checksum in the manifest`, { place });
    }
    const again = await this.#watch.look(signal);
    const still = again.complete.find((one) => one.path === set.path);
    if (still === undefined && !existsSync(set.path))
      throw new ChangeoverError('EXPORT_VANISHED', `${set.path} disappeared while it was read`, { place });
    if (size !== file.size || still?.signature !== set.signature) {
      throw new ChangeoverError('EXPORT_CHANGED', `${place.file} changed while it was read`, { place });
    }
  }

  /** A newer export with the same content: nothing to send, but the source is known to be that recent. */
  #sameContent(set: ExportSet, file: string, base: ExportCheckpoint, facts: PlanFacts): Page {
    const checkpoint: ExportCheckpoint = { ...base, file, set: set.name, takenAt: set.takenAt };
    const count = {
      ...this.#count(facts, base.phase === 'done' ? 'sent' : 'withheld'),
      snapshot: snapshotName(set.name, facts),
      takenAt: set.takenAt,
    };
    return { records: [], checkpoint, ends: count };
  }

  #count(facts: PlanFacts, removals: 'sent' | 'withheld'): SnapshotCount {
    const retained = facts.kept + (removals === 'withheld' ? facts.removals : 0);
    return {
      snapshot: snapshotName(facts.set, facts),
      takenAt: facts.takenAt,
      rows: facts.rows,
      rejected: facts.rejected,
      retained,
    };
  }

  /** Sends a plan from where the checkpoint says, one page held back, so that the last one says that it is. */
  async *#send(
    path: string,
    from: ExportCheckpoint | null,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ExportCheckpoint> {
    const plan = new Plan(path);
    const { facts } = plan;
    const copy = this.#folder.staged(facts.exportId);
    let staged: FileHandle | null = null;
    try {
      staged = await open(copy, 'r');
      const reading = { plan, staged, object: this.#object, profile: this.#options.profile, signal };
      if (from === null) await writeRejects(this.#folder.rejectFile, planRejects(plan));
      const question = deletesQuestion(this.#object.name, facts, plan.removals('', 10), this.#options.limits ?? {});
      // Asked once: an answer given meanwhile is found by the next read, which then sends the deletes.
      const answer = question === null || from?.phase === 'deletes' ? 'accept' : await this.#answer(facts);
      const withheld = answer !== 'accept';
      let held: Page | null = null;
      if (from === null) {
        const begins = this.#count(facts, withheld ? 'withheld' : 'sent');
        held = { records: [], checkpoint: checkpointAt(facts, 'rejects', -1), begins };
      }
      for await (const page of planPages(reading, from, !withheld)) {
        // The first page is merged with the one that begins.
        if (held !== null && held.records.length === 0 && held.rejects === undefined) held = { ...held, ...page };
        else {
          if (held !== null) yield held;
          held = page;
        }
      }
      const checkpoint = checkpointAt(facts, withheld ? (answer === 'refuse' ? 'refused' : 'withheld') : 'done', 0);
      const asked = answer === null && question !== null ? { questions: [question] } : {};
      yield {
        ...(held ?? { records: [] }),
        ...asked,
        checkpoint,
        ends: this.#count(facts, withheld ? 'withheld' : 'sent'),
      };
      return checkpoint;
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      throw asWorkError(thrown, copy);
    } finally {
      await staged?.close();
      plan.close();
    }
  }

  async #answer(facts: PlanFacts): Promise<'accept' | 'refuse' | null> {
    const answer = (await this.#context.answers()).get(deletesId(this.#object.name, facts.exportId));
    return answer === 'accept' || answer === 'refuse' ? answer : null;
  }

  /** The withheld deletes of the last export, once somebody answered. */
  async *#answered(checkpoint: ExportCheckpoint, signal: AbortSignal): AsyncGenerator<Page, ExportCheckpoint> {
    const path = this.#folder.plan(checkpoint.export, checkpoint.base);
    const facts = this.#facts(path);
    const answer = facts === null ? null : await this.#answer(facts);
    if (answer === null) return checkpoint;
    if (answer === 'accept') return yield* this.#send(path, { ...checkpoint, phase: 'deletes', position: '' }, signal);
    const refused: ExportCheckpoint = { ...checkpoint, phase: 'refused' };
    yield { records: [], checkpoint: refused };
    return refused;
  }
}

function snapshotName(set: string, facts: PlanFacts): string {
  return `${set}#${facts.exportId.slice(0, 12)}`;
}
