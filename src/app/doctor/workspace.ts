import { confined } from '../../core/http.ts';
import type { Workspace, WorkspaceMember } from '../../twenty/model.ts';
import type { Application } from '../application.ts';
import { attempt, type Check, ok, warn } from './check.ts';

/** What the workspace said, where it could be asked. */
export interface WorkspaceFacts {
  readonly workspace: Workspace | null;
  readonly members: readonly WorkspaceMember[] | null;
}

/** The time stands in an answer to the second, and an answer takes its time. */
const SKEW_MS = 60_000;
const TIMEOUT_MS = 10_000;

/**
 * Reachable, the right server, a key that it takes, a version that has what is needed (TW-7), readable objects. The right to
 * change records cannot be seen without changing one.
 */
export async function checkWorkspace(app: Application): Promise<{ checks: readonly Check[]; facts: WorkspaceFacts }> {
  const { url } = app.loaded.configuration.twenty;
  let workspace: Workspace | null = null;
  let members: readonly WorkspaceMember[] | null = null;
  const reached = await attempt('workspace', { url }, async () => {
    const { client } = await app.twenty();
    workspace = client.workspace();
    const found = ok('workspace', `${workspace.objects.size} objects, with all that is needed of Twenty`, { url });
    const partial = partialUniques(workspace, url);
    members = await client.members({ lane: 'operator' });
    return [found, ...partial, ok('workspace', `${members.length} members; its records can be read`, { url })];
  });
  const clock = await attempt('clock', { url }, () => checkClock(app));
  return { checks: [...reached, ...clock], facts: { workspace, members } };
}

/** Unique indexes that the server keeps for some rows by a rule that is not known here: every row counts, which holds more than it must. */
function partialUniques(workspace: Workspace, url: string): readonly Check[] {
  return [...workspace.objects.values()].flatMap(({ nameSingular, partialUniques }) =>
    partialUniques
      .filter(({ covers }) => covers === 'unknown')
      .map(({ columns, where }) =>
        warn(
          'workspace',
          `the unique index of ${nameSingular} over ${columns.join(', ')} is for some rows only (${where}), and is taken to be for all`,
          'Records may be held, or merged, for values that the workspace would let them share. Where that is not wanted, set `policies` of the object.',
          { url },
        ),
      ),
  );
}

/** Our clock against the server's. Asked without the key, of a page that every web server has. */
async function checkClock(app: Application): Promise<readonly Check[]> {
  const { url } = app.loaded.configuration.twenty;
  const { http, clock } = app.ports;
  const { origin } = new URL(url);
  const begun = clock.now();
  const answer = await confined(http, []).send({ method: 'GET', url: `${origin}/healthz`, timeoutMs: TIMEOUT_MS });
  const theirs = Date.parse(answer.headers.date ?? '');
  if (Number.isNaN(theirs)) return [ok('clock', 'the server does not tell its time', { url })];
  const skew = Math.round((begun + clock.now()) / 2 - theirs);
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= SKEW_MS) return [ok('clock', 'this clock and that of the server agree', { url })];
  return [
    warn(
      'clock',
      `this clock is ${seconds} seconds ${skew > 0 ? 'ahead of' : 'behind'} that of the server`,
      'Set the time of this machine (NTP). The order of changes never depends on it, but ages and reports do.',
      { url },
    ),
  ];
}
