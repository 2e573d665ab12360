import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './compare.ts';
import { PLACES, type Place } from './plan.ts';
import type { Course, Kill, RecordEnd, Result } from './run.ts';

/** How many kills must land in each of the places that matter most, of 50. */
const WANTED = 5;
const MUST: readonly Place[] = ['diff', 'intake', 'before a call', 'in flight', 'after an answer'];
const SHOWN = 40;
/** A start reads data model, members and unique values; with many rows a page more than the average one. */
const READS_MORE = 1;

export function landings(kills: readonly Kill[]): ReadonlyMap<Place, number> {
  return new Map(PLACES.map((place) => [place, kills.filter((kill) => kill.place === place).length]));
}

/** What breaks a promise; empty where all of them hold. */
export function complaints(result: Result): readonly string[] {
  const { kills, undisturbed, killed, comparison, inFlightRows, openCalls } = result;
  const wrong: string[] = [];
  for (const [place, count] of landings(kills)) {
    if (kills.length >= 50 && MUST.includes(place) && count < WANTED)
      wrong.push(`only ${count} kills landed: ${place}`);
  }
  for (const [name, course] of Object.entries({ undisturbed, killed })) {
    if (course.rest.residue !== 0) wrong.push(`${name}: a residue of ${course.rest.residue}`);
    if (course.openIntents !== 0) wrong.push(`${name}: ${course.openIntents} intents are still open`);
  }
  if (undisturbed.wasted.length > 0)
    wrong.push(`undisturbed: ${undisturbed.wasted.length} rows were right already: ${some(undisturbed.wasted)}`);
  if (killed.wasted.length > inFlightRows) {
    wrong.push(
      `${killed.wasted.length} rows were written though right already, of ${inFlightRows} in flight: ${some(killed.wasted)}`,
    );
  }
  const refused = killed.calls.refused - undisturbed.calls.refused;
  if (refused > 0) wrong.push(`${refused} more calls were refused than in the undisturbed run`);
  const reads = Math.ceil(killed.starts * (undisturbed.calls.reads / undisturbed.starts + READS_MORE)) + openCalls;
  if (killed.calls.reads > reads)
    wrong.push(`${killed.calls.reads} reads, of ${reads} that starts and read-backs explain`);
  const { differences } = comparison;
  if (differences.length > 0)
    wrong.push(`${differences.length} differences:\n  ${differences.slice(0, SHOWN).map(told).join('\n  ')}`);
  if (!isDeepStrictEqual(undisturbed.rest.objects, killed.rest.objects)) wrong.push('the ledgers differ');
  const moved = differentEnds(undisturbed.records, killed.records);
  if (moved.length > 0) wrong.push(`${moved.length} records ended elsewhere:\n  ${moved.slice(0, SHOWN).join('\n  ')}`);
  return wrong;
}

function differentEnds(undisturbed: readonly RecordEnd[], killed: readonly RecordEnd[]): readonly string[] {
  const text = ({ class: end, reason }: RecordEnd): string => `${end}${reason === null ? '' : ` (${reason})`}`;
  const right = new Map(killed.map((end) => [end.key as string, text(end)]));
  const left = new Map(undisturbed.map((end) => [end.key as string, text(end)]));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => `${key}: ${left.get(key) ?? 'unknown'} undisturbed, ${right.get(key) ?? 'unknown'} killed`);
}

function told({ object, id, field, undisturbed, killed }: Difference): string {
  if (field === null) return `${object} ${id}: only ${undisturbed === undefined ? 'killed' : 'undisturbed'}`;
  return `${object} ${id} ${field}: ${JSON.stringify(undisturbed)} undisturbed, ${JSON.stringify(killed)} killed`;
}

function some(items: readonly string[]): string {
  return items.length > SHOWN ? `${items.slice(0, SHOWN).join(', ')} …` : items.join(', ');
}

/** Where the kills landed, what was compared and what it cost. */
export function report(result: Result): string {
  const { kills, comparison, undisturbed, killed, openCalls } = result;
  const rows = [...comparison.rows.values()].reduce((sum, count) => sum + count, 0);
  return [
    `seed ${result.seed}: ${kills.length} kills in ${result.exports} exports`,
    ...[...landings(kills)].map(
      ([place, count]) => `  ${place.padEnd(16)} ${String(count).padStart(3)}  ${lastSteps(kills, place)}`,
    ),
    `${rows} rows compared field by field, ${comparison.differences.length} differences`,
    `${killed.wasted.length} rows written though right already; ${openCalls} calls with ${result.inFlightRows} rows were open at a death`,
    costs('undisturbed', undisturbed),
    costs('killed', killed),
  ].join('\n');
}

function lastSteps(kills: readonly Kill[], place: Place): string {
  const counts = new Map<string, number>();
  for (const { plan, life } of kills.filter((kill) => kill.place === place)) {
    const what = plan.kind === 'in-flight' ? WRITES[plan.write] : (life.last ?? 'before the first step');
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
}

const WRITES = { late: 'write lands after the death', done: 'written, and nobody was told' } as const;

function costs(name: string, { calls, seconds, starts }: Course): string {
  return `${name}: ${starts} starts, ${calls.writes} write calls with ${calls.rows} rows, ${calls.reads} reads, ${calls.refused} refused, ${seconds.toFixed(1)} s`;
}
