import type { PoolClient } from 'pg';

/**
 * One row for each process that has the state open, which each of its transactions that wrote leaves its number in: when
 * the answer to a commit is lost, the row says whether it happened. (The server's own transaction numbers do not: after
 * a crash it may give the same number once more.) Known to this engine alone, and no part of a backup.
 */
const TABLE = `
  CREATE TABLE IF NOT EXISTS commit_marks (
    process bigserial PRIMARY KEY, number bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())`;

/** Marks of processes that have not committed for this long are of nobody any more. */
const KEPT = '30 days';

/** Returns this process's number. */
export async function openMarks(client: PoolClient): Promise<number> {
  const exists = await client.query<{ name: string | null }>("SELECT to_regclass('commit_marks')::text AS name");
  if (exists.rows[0]?.name === null) await client.query(TABLE);
  await client.query(`DELETE FROM commit_marks WHERE at < now() - interval '${KEPT}'`);
  const { rows } = await client.query<{ process: number }>(
    'INSERT INTO commit_marks (number) VALUES (0) RETURNING process',
  );
  return rows[0]?.process ?? 0;
}

/** Both numbers are our own integers, so that they may stand in a text without parameters: it goes with the commit in one message. */
export function markStatement(process: number, number: number): string {
  return `INSERT INTO commit_marks (process, number) VALUES (${process}, ${number})
    ON CONFLICT (process) DO UPDATE SET number = excluded.number, at = now()`;
}

export function markQuery(process: number): string {
  return `SELECT number FROM commit_marks WHERE process = ${process}`;
}
