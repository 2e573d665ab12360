import type Database from 'better-sqlite3';

/**
 * Where each consumer group stands, by partition id. A copy for lag and retention: the truth is in the state, so a new
 * position waits in memory for the next append's transaction (or a short while) and costs no sync of its own.
 */
export class GroupPositions {
  readonly #database: Database.Database;
  readonly #groups = new Map<string, Map<number, number>>();
  readonly #changed = new Map<string, { group: string; partition: number; position: number }>();
  readonly #store: Database.Statement<[string, number, number]>;
  readonly #select: Database.Statement<[], { group_name: string; partition_id: number; position: number }>;

  constructor(database: Database.Database, writable: boolean) {
    this.#database = database;
    this.#select = database.prepare('SELECT group_name, partition_id, position FROM group_positions');
    this.#store = writable
      ? database.prepare(
          `INSERT INTO group_positions (group_name, partition_id, position) VALUES (?, ?, ?)
           ON CONFLICT (group_name, partition_id) DO UPDATE SET position = excluded.position`,
        )
      : database.prepare('SELECT ?, ?, ?');
    this.load();
  }

  /** Reads the file; what moved since and is not written stays. */
  load(): void {
    this.#groups.clear();
    for (const row of this.#select.all()) this.#put(row.group_name, row.partition_id, row.position);
    for (const { group, partition, position } of this.#changed.values()) this.#put(group, partition, position);
  }

  of(group: string): ReadonlyMap<number, number> {
    return this.#groups.get(group) ?? new Map();
  }

  /** The position furthest behind of all groups that ever read this partition; null where none did. */
  lowest(partition: number): number | null {
    let lowest: number | null = null;
    for (const positions of this.#groups.values()) {
      const position = positions.get(partition);
      if (position !== undefined && (lowest === null || position < lowest)) lowest = position;
    }
    return lowest;
  }

  set(group: string, partition: number, position: number): void {
    this.#put(group, partition, position);
    this.#changed.set(`${partition} ${group}`, { group, partition, position });
  }

  get waiting(): boolean {
    return this.#changed.size > 0;
  }

  /** Writes what changed, within the caller's transaction; `written` after its commit. */
  write(): void {
    for (const { group, partition, position } of this.#changed.values()) this.#store.run(group, partition, position);
  }

  written(): void {
    this.#changed.clear();
  }

  forget(group: string): void {
    this.#database.prepare('DELETE FROM group_positions WHERE group_name = ?').run(group);
    this.#groups.delete(group);
    for (const [name, change] of this.#changed) if (change.group === group) this.#changed.delete(name);
  }

  #put(group: string, partition: number, position: number): void {
    let positions = this.#groups.get(group);
    if (positions === undefined) {
      positions = new Map();
      this.#groups.set(group, positions);
    }
    positions.set(partition, position);
  }
}
