import type { Json } from './json.ts';
import { defaults } from './operations/defaults.ts';
import { type Engine, nowText } from './operations/engine.ts';
import type { Row } from './store/table.ts';

/** A person of the workspace. Ids are made where they are left out. */
export interface SandboxMember {
  readonly id?: string;
  readonly userId?: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

export type SeedRow = Readonly<Record<string, Json>>;

/** Puts rows in as the server's own worker does: actor System, no checks, no timeline. Whole composites are expected. */
export function seedRows(engine: Engine, object: string, rows: readonly SeedRow[]): string[] {
  const shape = engine.model.shape(object);
  const now = nowText(engine);
  const ids = rows.map((given) => {
    const id = typeof given.id === 'string' ? given.id : engine.random.uuid();
    const row: Row = {
      ...defaults(shape, now),
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
      ...given,
      id,
    };
    engine.store.put(object, row);
    return id;
  });
  engine.store.commit();
  return ids;
}

/** Adds members; one whose e-mail is there already is left as it is. Gives the ids in the order given. */
export function seedMembers(engine: Engine, members: readonly SandboxMember[]): string[] {
  const known = new Map<string, string>();
  for (const row of engine.store.table('workspaceMember').rows()) {
    if (typeof row.userEmail === 'string') known.set(row.userEmail, row.id);
  }
  return members.map((member) => {
    const email = member.email.toLowerCase();
    const existing = known.get(email);
    if (existing !== undefined) return existing;
    const [id = ''] = seedRows(engine, 'workspaceMember', [
      {
        id: member.id ?? engine.random.uuid(),
        userId: member.userId ?? engine.random.uuid(),
        name: { firstName: member.firstName, lastName: member.lastName },
        userEmail: email,
        colorScheme: 'Light',
      },
    ]);
    known.set(email, id);
    return id;
  });
}
