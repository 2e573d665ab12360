import { expect, test } from 'vitest';
import type { OwnerDecision } from '../../state/state.ts';
import { ownerTable } from './owners.ts';

const owner = (reference: string, decision: OwnerDecision, waiting = 0) => ({
  source: 'crm',
  reference,
  email: reference.includes('@') ? reference : null,
  name: null,
  active: true,
  decision,
  decidedAt: null,
  waiting,
});

test('LIFE-5: owners list says of each owner what was decided, by whom, and how many records wait', () => {
  const without = { kind: 'without', by: 'eve', until: 'member' } as const;
  const lines = ownerTable([
    owner('bob@example.com', { kind: 'unresolved' }, 12),
    owner('cy@example.com', { kind: 'waived', by: 'eve', records: 3 }, 4),
    owner('Dee', { kind: 'waived', by: 'changeover.yaml', records: null }, 2),
    owner('fay@example.com', { kind: 'member', memberId: 'm1' }),
    owner('gus@example.com', { kind: 'member', memberId: 'm2', before: without }),
    owner('hal@example.com', { kind: 'substitute', memberId: 'm1', by: 'eve', email: 'fay@example.com' }),
    owner('ida@example.com', without),
    owner('jo@example.com', { kind: 'without', by: 'eve', until: 'decided' }),
  ]).split('\n');
  const cells = lines.map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
  expect(cells).toEqual([
    ['source', 'owner', 'e-mail', 'decision', 'records waiting'],
    ['crm', 'bob@example.com', 'bob@example.com', 'unresolved', '12'],
    ['crm', 'cy@example.com', 'cy@example.com', 'waived with 3 waiting, by eve', '4'],
    ['crm', 'Dee', 'waived, by changeover.yaml', '2'],
    ['crm', 'fay@example.com', 'fay@example.com', 'member', '0'],
    ['crm', 'gus@example.com', 'gus@example.com', 'member, filled in; before: without, by eve', '0'],
    ['crm', 'hal@example.com', 'hal@example.com', 'substitute fay@example.com, by eve', '0'],
    ['crm', 'ida@example.com', 'ida@example.com', 'without, by eve', '0'],
    ['crm', 'jo@example.com', 'jo@example.com', 'without, though a member, by eve', '0'],
  ]);
});
