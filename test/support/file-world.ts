import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedClock } from '../../src/core/clock.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import { createHttp } from '../../src/core/http.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NO_STEPS, type Steps } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/core/random.ts';
import type { FieldValues } from '../../src/events/event.ts';
import type { FileOptions } from '../../src/files/context.ts';
import { attachmentId } from '../../src/files/keys.ts';
import { createFileMover } from '../../src/files/mover.ts';
import { Staging, type StagingLimits } from '../../src/files/staging.ts';
import type { CompiledMapping, FileDraft } from '../../src/mapping/model.ts';
import type { FileRow } from '../../src/state/state.ts';
import { Uploads } from '../../src/twenty/uploads.ts';
import { InProcess } from './in-process.ts';
import { mappingOf, SinkWorld, SOURCE, type WorldOptions } from './sink-world.ts';

/** For the tests of files: notes of a source, their files in memory, and a workspace that they go to. */

const ROOM: StagingLimits = { room: 64 * 1024 * 1024, largest: 64 * 1024 * 1024 };

export interface FileWorldOptions {
  readonly sandbox?: WorldOptions['sandbox'];
  readonly steps?: Steps;
  readonly staging?: Partial<StagingLimits>;
  readonly files?: Partial<FileOptions>;
  readonly batchSize?: number;
  readonly timeoutMs?: number;
  /** As in `WorldOptions`. */
  readonly clock?: SimulatedClock;
  readonly writer?: WorldOptions['writer'];
}

export class FileWorld {
  readonly sink: SinkWorld;
  /** By reference; a function is called each time it is read. */
  readonly source = new Map<string, Uint8Array | (() => AsyncIterable<Uint8Array>)>();
  /** Errors to throw instead of giving a file, each once. */
  readonly faults: ChangeoverError[] = [];
  readonly reads: string[] = [];
  readonly folder: string;

  private constructor(sink: SinkWorld, folder: string) {
    this.sink = sink;
    this.folder = folder;
  }

  static async open(options: FileWorldOptions = {}): Promise<FileWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-files-'));
    const { clock } = options;
    const own = createHttp();
    const box: { world: FileWorld | null } = { world: null };
    const sink = await SinkWorld.open({
      mapping: notes(),
      ...(clock === undefined ? {} : { clock }),
      ...(options.writer === undefined ? {} : { writer: options.writer }),
      ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
      ...(options.steps === undefined ? {} : { steps: options.steps }),
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      more: () => {
        const world = box.world as FileWorld;
        const { sandbox } = world.sink;
        const http = clock === undefined ? own : new InProcess(clock).http((request) => sandbox.ask(request));
        return {
          files: createFileMover({
            state: world.sink.state,
            twenty: world.sink.client,
            uploads: new Uploads({ transport: world.sink.client.transport, twenty: world.sink.client, http }),
            staging: () => Staging.open(folder, { ...ROOM, ...options.staging }, systemRandom()),
            open: async (_source, reference) => world.read(reference),
            clock: world.sink.clock,
            logger: silentLogger(),
            steps: options.steps ?? NO_STEPS,
            run: 'test',
            options: { firstRetryMs: 10, linkWaitMs: 50, deadlineMs: 300, ...options.files },
          }),
        };
      },
    });
    box.world = new FileWorld(sink, folder);
    return box.world;
  }

  read(reference: string): AsyncIterable<Uint8Array> {
    this.reads.push(reference);
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
    const content = this.source.get(reference);
    if (content === undefined) throw new ChangeoverError('EXPORT_FILE_MISSING', `there is no ${reference}`);
    return typeof content === 'function' ? content() : once(content);
  }

  /** A note with a file. */
  async note(
    id: string,
    file: string | null,
    content: string | Uint8Array | null,
    more: FieldValues = {},
  ): Promise<void> {
    if (file !== null && content !== null) {
      this.source.set(file, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    }
    await this.sink.put('note', id, { title: `Note ${id}`, file, fileName: file, ...more });
  }

  async file(id: string): Promise<FileRow> {
    const rows = await this.files();
    const row = rows.find(({ recordKey }) => recordKey === `${SOURCE}/note/${id}`);
    if (row === undefined) throw new Error(`note ${id} has no file`);
    return row;
  }

  files(): Promise<readonly FileRow[]> {
    return this.sink.state.read((tx) => tx.files.page({ limit: 100_000 }));
  }

  /** `state code`, by note. */
  async states(): Promise<Record<string, string>> {
    return Object.fromEntries(
      (await this.files()).map(({ recordKey, state, reason }) => [
        recordKey.split('/')[2] ?? '',
        reason === null ? state : `${state} ${reason.code}`,
      ]),
    );
  }

  /** Live attachments: name, hash of what they show, and what they are on. */
  attachments(): { id: string; name: unknown; sha256: string | undefined; note: unknown }[] {
    const files = this.sink.sandbox.files();
    return this.sink.rows('attachment').map((row) => {
      const [first] = Array.isArray(row.file) ? (row.file as { fileId: string }[]) : [];
      const stored = files.find(
        (file) => file.id === first?.fileId || (row.fullPath !== '' && String(row.fullPath).includes(file.id)),
      );
      return {
        id: String(row.id),
        name: row.name,
        sha256: stored?.sha256,
        note: row.targetNoteId ?? row.noteId ?? null,
      };
    });
  }

  /** Calls that count against the rate limit, by operation. */
  calls(operation: string): number {
    return this.sink.sandbox.calls().filter((call) => call.operation.includes(operation)).length;
  }

  /** Bytes that lie in the staging folder, by their names. */
  staged(): readonly string[] {
    return readdirSync(this.folder).filter((name) => name !== 'incoming');
  }

  /** Nothing is lost or counted twice: the ledger, a recount, and the sum of the classes. */
  async balanced(): Promise<boolean> {
    const [ledger, recount] = await this.sink.state.read(async (tx) => [
      await tx.files.ledger(null),
      await tx.files.recount(null),
    ]);
    return (
      JSON.stringify(ledger) === JSON.stringify(recount) &&
      (ledger ?? []).every(({ known, classes }) => known === Object.values(classes).reduce((sum, one) => sum + one, 0))
    );
  }

  async close(): Promise<void> {
    await this.sink.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function attachmentOf(row: FileRow): string {
  return attachmentId(row.key);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Notes with `file` (a reference), `fileName`, `version`, `waits` (held), `out` (left out) and `size`. */
export function notes(hash = 'one', { files = true } = {}): CompiledMapping {
  const mapping = mappingOf(
    {
      note: {
        target: 'note',
        tier: 'activity',
        draft: ({ after }) => {
          if (after.out === true) return { kind: 'excluded', rule: 'out' };
          if (after.waits === true) {
            const question = {
              id: 'question/waits',
              queue: 'record',
              question: 'May it move?',
              choices: ['load'],
              blocking: true,
            } as const;
            return { fields: { title: text(after.title) }, questions: [question] };
          }
          return { fields: { title: text(after.title) } };
        },
      },
    },
    { hash },
  );
  if (!files) return mapping;
  const objects = new Map(mapping.objects);
  const note = mapping.objects.get('note');
  if (note === undefined) throw new Error('no mapping of notes');
  objects.set('note', {
    ...note,
    files: ({ after }): readonly FileDraft[] =>
      text(after.file) === ''
        ? []
        : [
            {
              name: 'file',
              reference: text(after.file),
              fileName: text(after.fileName),
              declaredType: null,
              declaredSize: typeof after.size === 'number' ? after.size : null,
              version: text(after.version),
              link: null,
            },
          ],
  });
  return { ...mapping, objects };
}
