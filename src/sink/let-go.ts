import type { OrderingKey } from '../events/event.ts';
import type { TargetRow } from '../state/state.ts';
import type { Write } from './write.ts';

/** Removes a row of ours from Twenty. */
export function deleteWrite(
  target: TargetRow,
  operation: 'soft-delete' | 'destroy',
  order: OrderingKey,
  source: string,
  edits = '',
): Write {
  const { status: _status, writtenAt: _writtenAt, ...row } = target;
  return {
    operation,
    target: { ...row, contributors: [], image: null, imageHash: null, checksum: null, order },
    fields: {},
    present: target,
    adopts: false,
    edits,
    source,
  };
}

/** Leaves the row in Twenty as it is; from now on nobody answers for it. */
export function release(target: TargetRow): Omit<TargetRow, 'writtenAt'> {
  return { ...target, contributors: [], status: 'released' };
}
