/** `from` points at `to`, and so needs it first. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * Nodes in an order in which everybody comes after what it points at. Those that point at each other in a circle are one
 * step, in which none can be first by right; steps that are free of each other stand in the order of their first member.
 * The same graph gives the same order, however nodes and edges are listed. Edges to or from what is no node count for nothing.
 */
export function stepsOf(
  nodes: Iterable<string>,
  edges: readonly Edge[],
  before: (one: string, other: string) => number,
): readonly (readonly string[])[] {
  const sorted = [...new Set(nodes)].sort((one, other) => before(one, other) || (one < other ? -1 : 1));
  const needs = new Map(sorted.map((node) => [node, new Set<string>()]));
  for (const { from, to } of edges) if (from !== to && needs.has(to)) needs.get(from)?.add(to);
  const reached = new Map(sorted.map((node) => [node, reachable(needs, node)]));
  const inCircle = (one: string, other: string): boolean =>
    one === other || (reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true);
  const left: string[][] = [];
  for (const node of sorted) {
    const step = left.find(([first]) => first !== undefined && inCircle(first, node));
    if (step === undefined) left.push([node]);
    else step.push(node);
  }
  const done = new Set<string>();
  const steps: string[][] = [];
  while (left.length > 0) {
    // The graph of steps has no circle: one of them is always free.
    const free = left.findIndex((step) =>
      step.every((node) => [...(needs.get(node) ?? [])].every((other) => done.has(other) || step.includes(other))),
    );
    const [step = []] = left.splice(free, 1);
    for (const node of step) done.add(node);
    steps.push(step);
  }
  return steps;
}

function reachable(needs: ReadonlyMap<string, ReadonlySet<string>>, start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...(needs.get(start) ?? [])];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    waiting.push(...(needs.get(node) ?? []));
  }
  return found;
}
