import type { OwnerDescription } from '../connector.ts';
import type { ExportRow } from './profile.ts';
import { saysYes } from './says-yes.ts';

const INACTIVE: ReadonlySet<string> = new Set(['no', 'false', '0', 'n', 'hayır', 'pasif', 'inactive', 'disabled']);

/**
 * Owners from the owners file, and those that only records name. A record refers to an owner by e-mail; where an export writes
 * an id or a name instead, the owners file says whose e-mail that is.
 */
export async function describeOwners(
  rows: AsyncIterable<ExportRow>,
  used: Iterable<string>,
): Promise<OwnerDescription[]> {
  const listed: OwnerDescription[] = [];
  const byReference = new Map<string, OwnerDescription>();
  for await (const { id, fields } of rows) {
    const email = text(fields.Email);
    const name = text(fields.Name);
    const role = text(fields.Role);
    const owner: OwnerDescription = {
      reference: email ?? id,
      name,
      email,
      active: isActive(fields.Active),
      ...(role === null ? {} : { role }),
    };
    listed.push(owner);
    for (const reference of [id, name, email]) if (reference !== null) byReference.set(fold(reference), owner);
  }
  const seen = new Set(listed.map(({ reference }) => fold(reference)));
  for (const reference of [...used].sort()) {
    if (seen.has(fold(reference))) continue;
    seen.add(fold(reference));
    const known = byReference.get(fold(reference));
    listed.push(
      known === undefined
        ? { reference, name: null, email: reference.includes('@') ? reference : null, active: false }
        : { ...known, reference },
    );
  }
  return listed;
}

function isActive(cell: string | null | undefined): boolean {
  const value = (cell ?? '').trim().toLowerCase();
  return value === '' || saysYes(value) || !INACTIVE.has(value);
}

function text(cell: string | null | undefined): string | null {
  const trimmed = (cell ?? '').trim();
  return trimmed === '' ? null : trimmed;
}

function fold(reference: string): string {
  return reference.normalize('NFC').toLowerCase();
}
