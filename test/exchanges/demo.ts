import type { SeedRow, TwentySandbox } from '../../sandbox/twenty/index.ts';
import type { Exchange } from './recording.ts';

/**
 * The workspace the recordings were made on held 1,005 demo members and 800 demo calendar events (the recorded total of
 * 801 counts the one the recording creates). Those that a recording shows are taken from it; the others are made up, with
 * ids that sort behind.
 */
const MEMBERS = 1_005;
const CALENDAR_EVENTS = 800;

/** A row the server's own set-up made, not the API. */
function isDemoRow(row: Record<string, unknown>): boolean {
  const actor = row.createdBy as { readonly name?: unknown } | null | undefined;
  return actor?.name === 'System';
}

function shownRows(exchanges: readonly Exchange[], plural: string): Map<string, SeedRow> {
  const rows = new Map<string, SeedRow>();
  for (const { request, response } of exchanges) {
    const data = (response.body as { readonly data?: Record<string, unknown> } | null | undefined)?.data;
    const list = request.path.startsWith(`/rest/${plural}`) ? data?.[plural] : undefined;
    for (const row of Array.isArray(list) ? (list as Record<string, unknown>[]) : []) {
      const { searchVector: _computed, ...stored } = row;
      if (isDemoRow(row)) rows.set(String(row.id), stored as SeedRow);
    }
  }
  return rows;
}

function madeUpId(kind: string, index: number): string {
  return `ffffffff-${kind}-4000-8000-${String(index).padStart(12, '0')}`;
}

export function seedDemoRows(sandbox: TwentySandbox, exchanges: readonly Exchange[]): Set<string> {
  const members = [...shownRows(exchanges, 'workspaceMembers').values()];
  for (let index = members.length; index < MEMBERS; index += 1) {
    members.push({
      id: madeUpId('0001', index),
      userId: madeUpId('0002', index),
      name: { firstName: 'Demo', lastName: `Member ${index}` },
      userEmail: `demo.${index}@apple.dev`,
      colorScheme: 'Light',
    });
  }
  const events = [...shownRows(exchanges, 'calendarEvents').values()];
  for (let index = events.length; index < CALENDAR_EVENTS; index += 1) {
    events.push({ id: madeUpId('0003', index), title: `Demo event ${index}` });
  }
  // Each demo event came through a calendar channel; without one the server hides an event from the list.
  const associations = events.map((event, index) => ({
    id: madeUpId('0004', index),
    calendarEventId: event.id ?? null,
    calendarChannelId: madeUpId('0005', 1),
  }));
  return new Set([
    ...sandbox.seed('workspaceMember', members),
    ...sandbox.seed('calendarEvent', events),
    ...sandbox.seed('calendarChannelEventAssociation', associations),
  ]);
}
