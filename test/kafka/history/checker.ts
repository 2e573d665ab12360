import type { Fault, FaultKind, Happening, Seen } from './history.ts';

/**
 * Whether a run kept what the log promises: nothing lost, each key in order, the position in the state without gap or
 * step back, one member a partition. Judges by the history alone, so that it says the same of one that was made up.
 */
export function faultsOf(history: readonly Happening[]): readonly Fault[] {
  return [...places(history), ...positions(history), ...ownership(history), ...order(history)];
}

const fault = (kind: FaultKind, about: string): Fault => ({ kind, about });

/** What was durable was taken, there where it was said to be, and once. */
function places(history: readonly Happening[]): readonly Fault[] {
  const faults: Fault[] = [];
  const found = new Map<string, Seen>();
  const placesOf = new Map<string, Set<string>>();
  for (const { partition, messages } of history.filter((one) => one.kind === 'polled' || one.kind === 'taken')) {
    for (const message of messages) {
      const place = `${partition}/${message.offset}`;
      const before = found.get(place);
      if (before !== undefined && (before.value !== message.value || before.key !== message.key)) {
        faults.push(fault('changed', `${place}: ${before.value}, then ${message.value}`));
      }
      found.set(place, message);
      placesOf.set(message.value, (placesOf.get(message.value) ?? new Set()).add(place));
    }
  }
  const taken = new Set(takenMessages(history).map(({ place }) => place));
  const unsure = new Set(history.flatMap((one) => (one.kind === 'unsure' ? [one.value] : [])));
  for (const sent of history) {
    if (sent.kind !== 'sent') continue;
    const place = `${sent.partition}/${sent.offset}`;
    const there = found.get(place);
    if (there !== undefined && there.value !== sent.value) {
      faults.push(fault('misplaced', `${sent.value} is not at ${place}, but ${there.value}`));
    }
    if (!taken.has(place)) faults.push(fault('lost', `${sent.value} at ${place}`));
    const all = placesOf.get(sent.value) ?? new Set();
    if (all.size > 1 && !unsure.has(sent.value))
      faults.push(fault('doubled', `${sent.value} at ${[...all].join(', ')}`));
  }
  return faults;
}

function positions(history: readonly Happening[]): readonly Fault[] {
  const faults: Fault[] = [];
  const next = new Map<number, number>();
  for (const { partition, message } of takenMessages(history)) {
    const expected = next.get(partition) ?? 0;
    if (message.offset > expected) faults.push(fault('skipped', `${partition}/${expected} to ${message.offset - 1}`));
    if (message.offset < expected) faults.push(fault('again', `${partition}/${message.offset}: ${message.value}`));
    next.set(partition, Math.max(expected, message.offset + 1));
  }
  return faults;
}

function ownership(history: readonly Happening[]): readonly Fault[] {
  const faults: Fault[] = [];
  const working = new Map<number, string>();
  for (const one of history) {
    if (one.kind === 'polled') {
      const other = working.get(one.partition);
      if (other !== undefined) faults.push(fault('shared', `partition ${one.partition}: ${other} and ${one.member}`));
      working.set(one.partition, one.member);
    }
    if (one.kind === 'left' && working.get(one.partition) === one.member) working.delete(one.partition);
  }
  return faults;
}

/** By the first time that each was sent and taken: what was sent again stands in the log once more, and later. */
function order(history: readonly Happening[]): readonly Fault[] {
  const sent = firstByKey(history.flatMap((one) => (one.kind === 'sent' || one.kind === 'unsure' ? [one] : [])));
  const taken = firstByKey(takenMessages(history).map(({ message }) => message));
  return [...taken].flatMap(([key, values]) => {
    const came = values.filter((value) => sent.get(key)?.includes(value));
    const went = (sent.get(key) ?? []).filter((value) => came.includes(value));
    const at = came.findIndex((value, index) => value !== went[index]);
    return at < 0 ? [] : [fault('reordered', `${key}: ${came[at]} before ${went[at]}`)];
  });
}

function firstByKey(
  messages: readonly { readonly key: string; readonly value: string }[],
): ReadonlyMap<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const { key, value } of messages) found.set(key, (found.get(key) ?? new Set()).add(value));
  return new Map([...found].map(([key, values]) => [key, [...values]]));
}

function takenMessages(history: readonly Happening[]) {
  return history.flatMap((one) =>
    one.kind !== 'taken'
      ? []
      : one.messages.map((message) => ({
          partition: one.partition,
          message,
          place: `${one.partition}/${message.offset}`,
        })),
  );
}
