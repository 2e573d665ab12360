/** What a process does: read sources, take events in and write Twenty, or watch over both (schedules, comparisons). */
export const ROLES = ['source', 'sink', 'control'] as const;
export type Role = (typeof ROLES)[number];
export type Roles = ReadonlySet<Role>;

export const ALL_ROLES: Roles = new Set(ROLES);

/** The roles that a word of the command line means; null where it means none. */
export function rolesOf(word: string): Roles | null {
  if (word === 'all') return ALL_ROLES;
  const role = ROLES.find((one) => one === word);
  return role === undefined ? null : new Set([role]);
}
