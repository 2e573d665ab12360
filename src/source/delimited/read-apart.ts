import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError, type Place } from '../../core/errors.ts';
import { type PackedRows, unpackRows } from './packed-rows.ts';
import { readRows } from './read.ts';
import type { RowBatch } from './row-batch.ts';
import type { StagedFile } from './stage.ts';

/** Batches that the thread may be ahead: enough that neither waits for the other's turn of the loop. */
export const AHEAD = 2;
/** Starting a thread takes as long as reading some megabytes; smaller files are read here. */
const WORTH_A_THREAD = 16 << 20;

/** What the thread makes is short-lived: a larger nursery would only hold more of it. */
const YOUNG_MEGABYTES = 16;

export type FromThread =
  | { readonly kind: 'rows'; readonly rows: PackedRows }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
      readonly place: Place;
    };

/**
 * As `readRows`, but a large file is parsed in a thread of its own: parsing is most of the work of comparing exports, and
 * meanwhile this thread hashes and stores the rows before, and answers whoever asks whether it is alive.
 */
export function readRowsApart(
  file: StagedFile,
  signal?: AbortSignal,
  worthAThread: number = WORTH_A_THREAD,
): AsyncGenerator<RowBatch> {
  return file.size < worthAThread ? readRows(file, signal) : fromThread(file, signal);
}

async function* fromThread(file: StagedFile, signal: AbortSignal | undefined): AsyncGenerator<RowBatch> {
  // Compiled or not: the thread's program has this one's ending.
  const program = new URL(`./read-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(program, {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  const inbox = new Inbox();
  worker.on('message', (message: FromThread) => inbox.put(message));
  worker.on('error', (error) => inbox.fail(error));
  worker.on('exit', (code) => inbox.fail(new ChangeoverError('INTERNAL', `the reading thread ended with ${code}`)));
  const stop = () => inbox.fail(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    for (;;) {
      const message = await inbox.take();
      if (message.kind === 'end') return;
      if (message.kind === 'failed') {
        const { code, hint, place } = message;
        throw new ChangeoverError(code, message.message, { hint, place });
      }
      yield unpackRows(message.rows);
      signal?.throwIfAborted();
      worker.postMessage('room');
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** What came and was not taken yet, then the failure that ended it. */
class Inbox {
  readonly #messages: FromThread[] = [];
  #failure: { readonly reason: unknown } | null = null;
  #wake: () => void = () => undefined;

  put(message: FromThread): void {
    this.#messages.push(message);
    this.#wake();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  async take(): Promise<FromThread> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#failure !== null) throw this.#failure.reason;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
