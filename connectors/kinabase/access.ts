/** Working days that an access request may take before the export is proposed instead (KIN-S1). */
const WORKING_DAYS = 5;
const DAY_MS = 86_400_000;

/** Whether five working days have gone by since the request, Monday to Friday; holidays are not known. */
export function overdue(requested: string, now: number): boolean {
  return now >= dueOf(requested);
}

/** The day on which an answer should have come, as a time. */
export function dueOf(requested: string): number {
  let day = Date.parse(`${requested}T00:00:00Z`);
  for (let left = WORKING_DAYS; left > 0; ) {
    day += DAY_MS;
    const weekday = new Date(day).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return day + DAY_MS;
}

/** The request to the service's support, ready to be sent. */
export function requestText(workspace: string, day: string): string {
  return `# Request for API access to Kinabase

Date: ${day}
Workspace: ${workspace}

To the support of Kinabase:

we ask for an app registration for the workspace ${workspace}, with

- an App ID and an App Secret,
- the rights of an administrator of the workspace: every collection and every record,
- read access only: nothing is written. The calls that will be made are
  - POST /api/v1/token
  - GET /api/v1/collections, /collections/{collection}, /collections/{collection}/all, /collections/{collection}/{record}
  - GET /api/v1/activities/{collection}/{record}
- a word on the limit of calls a minute, so that it is kept (we know of 100).

The data is read for a move to another CRM, from ${day} on, until the move has come to its end.

---
For your own use: the day of the request stands in changeover.yaml as \`accessRequested\`. If no key has come after five working
days (${new Date(dueOf(day) - DAY_MS).toISOString().slice(0, 10)}), ask again, and let an administrator make a CSV export of all collections meanwhile.
`;
}
