import { asChangeoverError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import type { Client } from './client.ts';
import type { DetailSource, Details } from './details.ts';
import type { Lists } from './lists.ts';
import { type Module, UPDATED } from './modules.ts';
import { idOf, instantOf } from './rows.ts';
import type { Settings } from './settings.ts';
import type { Times } from './times.ts';

export interface ProbeParts {
  readonly client: Client;
  readonly lists: Lists;
  readonly details: Details;
  readonly settings: Settings;
  readonly times: Times;
  readonly modules: readonly Module[];
  readonly clock: { now(): number };
}

const LISTINGS = {
  pages: 'in pages',
  rows: 'all rows at once',
  ids: 'only one by one, by id',
  absent: 'not there',
} as const;

/** Settles by reading alone what the public pages leave open (README.md, "Assumptions"), module by module. */
export async function probe(parts: ProbeParts): Promise<readonly string[]> {
  const found: string[] = [`Logged in at ${await parts.client.loginAddress()}.`];
  let dated = false;
  for (const module of parts.modules) {
    try {
      const told = await ofModule(parts, module, dated);
      dated ||= told.dated;
      found.push(...told.lines);
    } catch (thrown) {
      const { code, message } = asChangeoverError(thrown);
      found.push(`${module.name}: cannot be read (${code}): ${message}`);
    }
  }
  for (const controller of ['User', 'Pipeline', 'Automation']) {
    const { kind } = await parts.lists.of(controller);
    found.push(`${controller}: ${LISTINGS[kind]}.`);
  }
  const { callsPerSecond, refused, ceilingPerSecond } = parts.client.pace;
  found.push(
    ceilingPerSecond === null
      ? `No call was refused at up to ${callsPerSecond.toFixed(1)} calls a second.`
      : `Refused ${refused} calls; the limit seems to be near ${ceilingPerSecond.toFixed(1)} calls a second.`,
  );
  return found;
}

async function ofModule(
  parts: ProbeParts,
  module: Module,
  dated: boolean,
): Promise<{ readonly lines: readonly string[]; readonly dated: boolean }> {
  const { lists, details, settings } = parts;
  const { kind } = await lists.of(module.controller);
  if (kind === 'absent') return { lines: module.standard ? [] : [`${module.name}: not there.`], dated: false };
  const page = kind === 'ids' ? null : await lists.page(module.controller, 0);
  const rows = page?.rows ?? [];
  const [row] = rows;
  const lines = [`${module.name}: listed ${LISTINGS[kind]}${totalText(page?.total ?? null)}.`];
  if (kind === 'pages' && rows.length > settings.pageSize)
    lines.push(`${module.name}: pages have ${rows.length} rows, whatever is asked.`);
  if (row === undefined) return { lines, dated: false };
  lines.push(`${module.name}: ${detailText(await details.source(module, row))}.`);
  const ids = rows.map(idOf);
  if (ids.some((id, at) => at > 0 && (id ?? 0) < (ids[at - 1] ?? 0)))
    lines.push(`${module.name}: not in the order of ids.`);
  const unlinked = unknownLinks(module, row, parts.modules);
  for (const controller of unlinked) {
    const other = await lists.of(controller);
    if (other.kind !== 'absent')
      lines.push(`${controller}: answers, and is no module of the settings; add it to customModules.`);
  }
  if (!dated) lines.push(...zoneText(parts, rows));
  return { lines, dated: true };
}

function totalText(total: number | null): string {
  return total === null ? ', without a total' : `, ${total} in all`;
}

function detailText(source: DetailSource): string {
  switch (source.kind) {
    case 'rows':
      return 'addresses, e-mails and own fields stand in the rows';
    case 'entity':
      return 'addresses, e-mails and own fields stand in the single record';
    case 'none':
      return 'no addresses, e-mails or own fields were found';
    case 'routes':
      return `by routes of their own: ${source.details.join(', ')}`;
  }
}

/** Controllers that a row's fields look like ids of: the API has no list of its modules. */
function unknownLinks(module: Module, row: JsonObject, modules: readonly Module[]): readonly string[] {
  const known = new Set(modules.map(({ controller }) => controller));
  return Object.keys(row)
    .filter((name) => /^[a-z].*Id$/.test(name) && module.links[name] === undefined && !IDS.has(name))
    .map((name) => name.slice(0, 1).toUpperCase() + name.slice(1, -2))
    .filter((controller) => !known.has(controller));
}

/** Ids that are read otherwise. */
const IDS = new Set(['groupId', 'ownerId', 'assigneeId', 'insertUserId', 'updateUserId', 'stageId']);

/** A change that lies in the future shows a wrong zone. */
function zoneText({ times, settings, clock }: ProbeParts, rows: readonly JsonObject[]): readonly string[] {
  const newest = Math.max(...rows.map((row) => instantOf(row[UPDATED], times) ?? 0));
  if (newest <= 0) return [];
  const minutes = Math.round((newest - clock.now()) / 60_000);
  return minutes > 5
    ? [`The newest change lies ${minutes} minutes in the future: ${settings.timezone} is not the account's zone.`]
    : [`Dates are read in ${settings.timezone}; the newest change looked at is ${-minutes} minutes old.`];
}
