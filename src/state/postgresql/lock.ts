import { createHash } from 'node:crypto';

/** "CHST": keeps our locks apart from those of other programs on the database. */
const CLASS = 0x43485354;

/**
 * Waits for the one lock of the state in this schema, which its transaction then holds until its end: transactions of
 * all processes run one after the other (docs/decisions/0006).
 */
export function lockStatement(schema: string): string {
  return `SELECT pg_advisory_xact_lock(${CLASS}, ${createHash('sha256').update(schema).digest().readInt32BE(0)})`;
}
