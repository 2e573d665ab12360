import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import type { Checkpoint } from '../connector.ts';
import type { PlanFacts } from './plan.ts';

/**
 * How far an object was read.
 * `rejects`, `upserts` (position: byte of the last row sent) and `deletes` (position: last id sent) are in the middle of an
 * export; `withheld` is at its end, with deletes that wait for an answer; `refused` with deletes that a person refused;
 * `done` with nothing left.
 */
export type Phase = 'rejects' | 'upserts' | 'deletes' | 'withheld' | 'refused' | 'done';

const checkpointSchema = z.object({
  export: z.string(),
  /** The export it is compared with: with `export` it names the plan. */
  base: z.string().nullable(),
  /** Hash of name, size and time of the file: while they stay, it need not be read to know that nothing is new. */
  file: z.string(),
  set: z.string(),
  takenAt: z.number().nullable(),
  phase: z.enum(['rejects', 'upserts', 'deletes', 'withheld', 'refused', 'done']),
  position: z.union([z.number(), z.string()]),
});

export type ExportCheckpoint = z.infer<typeof checkpointSchema>;

export function parseCheckpoint(checkpoint: Checkpoint, object: string): ExportCheckpoint {
  const result = checkpointSchema.safeParse(checkpoint);
  if (result.success) return result.data;
  throw new ChangeoverError('INTERNAL', `the checkpoint of ${object} is not one of an export`, { place: { object } });
}

/** Whether everything but withheld deletes has been sent. */
export function isAtEnd(checkpoint: ExportCheckpoint): boolean {
  return checkpoint.phase === 'done' || checkpoint.phase === 'withheld' || checkpoint.phase === 'refused';
}

export function checkpointAt(facts: PlanFacts, phase: Phase, position: number | string): ExportCheckpoint {
  const { exportId, base, fileSignature, set, takenAt } = facts;
  return { export: exportId, base, file: fileSignature, set, takenAt, phase, position };
}
