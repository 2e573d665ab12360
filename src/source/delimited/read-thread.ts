// The thread of read-apart.ts: reads one staged file and gives its rows, a few batches ahead of whoever takes them.
import { parentPort, workerData } from 'node:worker_threads';
import { asChangeoverError } from '../../core/errors.ts';
import { packRows } from './packed-rows.ts';
import { readRows } from './read.ts';
import { AHEAD, type FromThread } from './read-apart.ts';
import type { StagedFile } from './stage.ts';

const port = parentPort;
if (port !== null) {
  const say = (message: FromThread, moved: readonly ArrayBuffer[] = []) => port.postMessage(message, moved);
  let room = AHEAD;
  let roomMade: () => void = () => undefined;
  port.on('message', () => {
    room += 1;
    roomMade();
  });
  try {
    for await (const batch of readRows(workerData as StagedFile)) {
      while (room === 0) {
        await new Promise<void>((resolve) => {
          roomMade = resolve;
        });
      }
      room -= 1;
      const rows = packRows(batch);
      say({ kind: 'rows', rows }, [rows.widths.buffer, rows.starts.buffer, rows.ends.buffer]);
    }
    say({ kind: 'end' });
  } catch (thrown) {
    const { code, message, hint, place } = asChangeoverError(thrown);
    say({ kind: 'failed', code, message, hint, place });
  }
  port.close();
}
