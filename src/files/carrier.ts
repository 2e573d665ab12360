import { asChangeoverError } from '../core/errors.ts';
import type { FileContent, FileRow, StateTransaction } from '../state/state.ts';
import type { UploadFailure, UploadSource } from '../twenty/uploads.ts';
import { lookAt } from './content-type.ts';
import { commit, FILE_LANE, type FileLife, isCancelled } from './context.ts';
import { contradictionReviewId } from './keys.ts';
import type { FileEvent } from './life.ts';
import type { Staged } from './staging.ts';

/** A file waits no longer than this between two attempts. */
const LONGEST_WAIT_MS = 300_000;
/** After a role was refused, other files are held without asking again, for so long. */
const FORBIDDEN_MS = 60_000;

/** Carries single files from the source through the staging folder into Twenty (SPEC.md §2). */
export class Carrier {
  readonly #life: FileLife;
  /** Hashes of files that this process has in its hands: not to be swept. */
  readonly holding = new Set<string>();
  /** The staging folder was found full: nothing is read before something left it. */
  full = false;
  #forbiddenUntil = Number.NEGATIVE_INFINITY;

  constructor(life: FileLife) {
    this.#life = life;
  }

  /** As far as it goes now: to `uploaded`, or to wherever it has to wait. */
  async carry(row: FileRow): Promise<void> {
    let sha256: string | null = row.content?.sha256 ?? null;
    try {
      let file: FileRow | null = row;
      if (file.state === 'wanted') {
        const staged = await this.#read(file);
        if (staged === null) return;
        sha256 = staged.sha256;
        this.holding.add(sha256);
        file = await this.#stage(file, staged);
      } else if (sha256 !== null) this.holding.add(sha256);
      if (file?.state === 'staged' || file?.state === 'asked') await this.#upload(file);
    } catch (thrown) {
      if (!isCancelled(this.#life, thrown)) throw thrown;
    } finally {
      if (sha256 !== null) this.holding.delete(sha256);
    }
  }

  /** Null where it could not be read: why, stands in the state. */
  async #read(file: FileRow): Promise<Staged | null> {
    const { deps, staging, signal } = this.#life;
    try {
      const open = () => deps.open(file.source, file.reference, signal, file.declaredSize);
      const staged = await staging.receive(open, file.declaredSize);
      deps.observe?.moved('staged', staged.size);
      return staged;
    } catch (thrown) {
      if (isCancelled(this.#life, thrown)) throw thrown;
      const error = asChangeoverError(thrown);
      if (error.code.startsWith('STATE_')) throw error;
      if (error.code === 'FILES_STAGING_FULL') {
        this.full = true;
        return null;
      }
      const reason = { code: error.code, message: error.message };
      if (error.retry === 'later' || error.retry === 'now') {
        await this.#again(file, { ...reason, code: 'FILES_SOURCE_FAILED' }, error.retryAfterMs ?? 0);
      } else await commit(this.#life, file, [{ kind: error.retry === 'hold' ? 'held' : 'refused', reason }]);
      return null;
    }
  }

  async #stage(file: FileRow, { sha256, size, head }: Staged): Promise<FileRow | null> {
    const { deps } = this.#life;
    const { type, contradiction } = await lookAt(head, file.name);
    deps.steps.reached('file-staged');
    if (contradiction !== null) {
      const verdict = await this.#ask(file, sha256, contradiction);
      if (verdict !== null) return null;
    }
    const content: FileContent = { sha256, size, type };
    const events: FileEvent[] = [{ kind: 'staged', content }];
    // What its attachment shows already need not be sent again: at most its name or its place is new.
    const { attached } = file;
    if (attached !== null && attached.content.sha256 === sha256) {
      const same =
        attached.name === file.name &&
        attached.target.column === file.target?.column &&
        attached.target.id === file.target.id;
      events.push(same ? { kind: 'attached', attached } : { kind: 'completed', upload: attached.upload });
    }
    return commit(this.#life, file, events);
  }

  /** Null: it may move. */
  async #ask(file: FileRow, sha256: string, contradiction: string): Promise<'waits' | null> {
    const { deps } = this.#life;
    const id = contradictionReviewId(file.key, sha256.slice(0, 16));
    const review = (await deps.state.read((tx) => tx.reviews.get([id]))).get(id);
    if (review?.status === 'answered' && review.answer === 'upload') return null;
    if (review?.status === 'answered') {
      const message = `left out by ${review.answeredBy ?? 'an answer'}: ${contradiction}`;
      await commit(this.#life, file, [{ kind: 'left-out', reason: { code: 'FILES_CONTRADICTION', message } }]);
      return 'waits';
    }
    const reason = { code: 'FILES_CONTRADICTION', message: contradiction, waitsFor: [`review:${id}`] };
    await commit(this.#life, file, [{ kind: 'held', reason }], async (tx: StateTransaction) => {
      await tx.reviews.ask([
        {
          id,
          queue: 'record',
          source: file.source,
          object: file.object,
          recordKey: file.recordKey,
          question: 'The content of this file is of another kind than its name says. Upload it all the same?',
          detail: { file: file.key, name: file.sourceName, why: contradiction },
          choices: ['upload', 'exclude'],
          blocking: true,
          createdAt: deps.clock.now(),
        },
      ]);
    });
    return 'waits';
  }

  async #upload(file: FileRow): Promise<void> {
    const { deps, staging, signal } = this.#life;
    const { uploads, clock } = deps;
    const options = { lane: FILE_LANE, signal };
    if (clock.monotonic() < this.#forbiddenUntil) {
      await this.#forbidden(file, 'the role was refused a moment ago');
      return;
    }
    // Begun by somebody who died: perhaps the bytes are there.
    if (file.state === 'asked') {
      if (file.upload?.kind !== 'file') {
        await commit(this.#life, file, [{ kind: 'upload-lost' }]);
        return;
      }
      const done = await uploads.complete(file.upload.fileId, options);
      if (done.kind === 'ok') await commit(this.#life, file, [{ kind: 'completed', upload: done.value }]);
      else await this.#failed(file, done, 'api');
      return;
    }
    const { content } = file;
    if (content === null || !staging.has(content.sha256)) {
      await commit(this.#life, file, [{ kind: 'bytes-lost' }]);
      return;
    }
    const source: UploadSource = {
      name: file.name,
      size: content.size,
      type: content.type,
      bytes: () => staging.read(content.sha256),
    };
    if (uploads.flow === 'three-calls') {
      const place = await uploads.ask(source, options);
      if (place.kind === 'ok') {
        const asked = await commit(this.#life, file, [
          { kind: 'asked', upload: { kind: 'file', fileId: place.value.fileId } },
        ]);
        if (asked === null) return;
        deps.steps.reached('file-asked');
        const sent = await uploads.send(place.value, source, options);
        if (sent.kind !== 'ok') return this.#failed(asked, sent, 'storage');
        deps.steps.reached('file-sent');
        const done = await uploads.complete(place.value.fileId, options);
        if (done.kind !== 'ok') return this.#failed(asked, done, 'api');
        deps.steps.reached('file-completed');
        deps.observe?.moved('uploaded', content.size);
        await commit(this.#life, asked, [{ kind: 'completed', upload: done.value }]);
        return;
      }
      if (place.kind !== 'lost') return this.#failed(file, place, 'api');
    }
    const done = await uploads.upload(source, options);
    if (done.kind !== 'ok') return this.#failed(file, done, 'api');
    deps.steps.reached('file-completed');
    deps.observe?.moved('uploaded', content.size);
    await commit(this.#life, file, [{ kind: 'completed', upload: done.value }]);
  }

  /** `api`: the whole of Twenty does not answer, so that everybody waits. `storage`: it may be this file alone. */
  async #failed(file: FileRow, failure: UploadFailure, from: 'api' | 'storage'): Promise<void> {
    const { message } = failure;
    switch (failure.kind) {
      case 'later':
        if (this.#life.signal.aborted) return;
        if (from === 'api') this.#life.pause(failure.retryAfterMs, message);
        else await this.#again(file, { code: 'FILES_UPLOAD_FAILED', message }, failure.retryAfterMs);
        return;
      case 'forbidden':
        this.#forbiddenUntil = this.#life.deps.clock.monotonic() + FORBIDDEN_MS;
        await this.#forbidden(file, message);
        return;
      case 'lost':
        if (file.attempt + 1 >= this.#life.options.attempts) {
          await commit(this.#life, file, [{ kind: 'held', reason: { code: 'FILES_UPLOAD_FAILED', message } }]);
        } else await commit(this.#life, file, [{ kind: 'upload-lost' }]);
        return;
      case 'refused':
        await commit(this.#life, file, [{ kind: 'refused', reason: { code: 'FILES_TWENTY_REFUSED', message } }]);
        return;
    }
  }

  async #forbidden(file: FileRow, message: string): Promise<void> {
    await commit(this.#life, file, [{ kind: 'held', reason: { code: 'FILES_UPLOAD_FORBIDDEN', message } }]);
  }

  /** Parked, a while longer each time; held once that was often enough. */
  async #again(file: FileRow, reason: { readonly code: string; readonly message: string }, atLeastMs: number) {
    const { clock } = this.#life.deps;
    const { attempts, firstRetryMs } = this.#life.options;
    const held = file.attempt + 1 >= attempts;
    const wait = Math.max(atLeastMs, Math.min(LONGEST_WAIT_MS, firstRetryMs * 2 ** file.attempt));
    await commit(this.#life, file, [
      held ? { kind: 'held', reason } : { kind: 'later', reason, dueAt: clock.now() + wait },
    ]);
  }
}
