import { expect, test } from 'vitest';
import type { Status } from '../../app/operations/status.ts';
import { accountOf } from './status.ts';

function row(source: string, object: string, residue = 0): Status['objects'][number] {
  const counts = { live: 1, applied: 1, merged: 0, held: 0, deadLettered: 0, excluded: 0, onTheWay: 0, rejected: 0 };
  return { source, object, counted: 1, ...counts, residueA: residue, residueB: 0, residue };
}

test('ALL-3: the account leaves out no object, also where two sources have one of the same name', () => {
  const { objects, residue } = accountOf([row('crm', 'contact', 2), row('desk', 'contact', 1), row('desk', 'ticket')]);
  expect(Object.keys(objects)).toEqual(['crm/contact', 'desk/contact', 'ticket']);
  expect(residue).toBe(3);
});
