import fc from 'fast-check';
import type { ChangeEvent, FieldValues } from '../../../src/events/event.ts';

/** The life of one record: its states in the order of the source; null is a deletion. */
export interface Life {
  readonly object: string;
  readonly id: string;
  readonly states: readonly (FieldValues | null)[];
}

/** Lives of records with these ids of each object; `freq` as in `fc.option`, for the states that are no deletion. */
export function livesOf(
  values: Readonly<Record<string, fc.Arbitrary<FieldValues>>>,
  ids: readonly string[],
  { freq, ...length }: { readonly freq: number; readonly minLength?: number; readonly maxLength: number },
): fc.Arbitrary<readonly Life[]> {
  const life = (object: string, id: string, state: fc.Arbitrary<FieldValues>) =>
    fc.array(fc.option(state, { nil: null, freq }), length).map((states): Life => ({ object, id, states }));
  return fc
    .tuple(...Object.entries(values).flatMap(([object, state]) => ids.map((id) => life(object, id, state))))
    .map((all) => all.filter(({ states }) => states.length > 0));
}

export interface Arrival {
  readonly event: ChangeEvent;
  readonly at: number;
}

/**
 * When each event comes: in any order across records, which share no partition and wait for each other nowhere; of one
 * record in the order of the source, which the log keeps.
 */
export function arrivals(events: readonly ChangeEvent[], random: () => number): readonly Arrival[] {
  const places = new Map<string, number[]>();
  for (const { key } of events) places.set(key, [...(places.get(key) ?? []), random()]);
  for (const list of places.values()) list.sort((a, b) => a - b);
  return events.map((event) => ({ event, at: places.get(event.key)?.shift() ?? 0 }));
}

export function asTheyCome(all: readonly Arrival[]): ChangeEvent[] {
  return [...all].sort((a, b) => a.at - b.at).map(({ event }) => event);
}
