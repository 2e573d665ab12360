import { adoptBefore } from './adopt.ts';
import type { Fence } from './caller.ts';
import { UNAUTHORIZED_MS } from './pauses.ts';
import { type AfterRefusal, type Going, sendThrough } from './refusal.ts';
import { readBeforeReturn } from './return-read.ts';
import type { Settling } from './settling.ts';
import { isMoreComing, planned, type WriterParts } from './writer-parts.ts';

/** Sends what is queued: batches that are full, or that gain nothing by waiting (SPEC.md I6). */
export class Sending {
  readonly #parts: WriterParts;
  readonly #settling: Settling;

  constructor(parts: WriterParts, settling: Settling) {
    this.#parts = parts;
    this.#settling = settling;
  }

  /** @param rows how many records were planned just now: while there are any, half-empty batches may still fill */
  dispatch(fence: Fence, rows: number): void {
    const { deps, options, desk, calls, pauses, stopping } = this.#parts;
    const going: Going = { mayStart: () => !pauses.byOperator && !stopping.aborted, signal: fence.lost };
    desk.dropClosed();
    while (!calls.full && !stopping.aborted) {
      const flush = rows === 0 && calls.size === 0 && !isMoreComing(deps, 'batch');
      const batch = desk.queue.take({
        batchSize: (sort) => desk.portions.of(sort, deps.twenty.batchSize()),
        now: deps.clock.monotonic(),
        latencyMs: options.latencyMs,
        flush,
      });
      if (batch === null) return;
      calls.start(async () => {
        const ready = await readBeforeReturn(desk, fence, await adoptBefore(desk, batch));
        for (const result of await sendThrough(desk, fence, ready, going)) this.#after(result);
      }, batch.tasks);
    }
  }

  #after(result: AfterRefusal): void {
    const { desk, pauses } = this.#parts;
    switch (result.kind) {
      case 'done':
        planned(this.#parts, result);
        return;
      case 'nothing':
        return;
      case 'not-started':
        desk.requeue(result.tasks);
        return;
      case 'pause':
        desk.requeue(result.tasks);
        pauses.lane(result.cause, result.forMs);
        return;
      case 'unauthorized':
        desk.requeue(result.tasks);
        pauses.lane('unauthorized', UNAUTHORIZED_MS);
        return;
      case 'unanswered':
        this.#settling.await(result);
        return;
    }
  }
}
