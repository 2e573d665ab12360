/** Something that points at others by name. */
export interface Node {
  readonly name: string;
  readonly pointsAt: readonly string[];
}

export interface Ordered {
  /** Parents first; those of a circle stand beside each other. */
  readonly names: readonly string[];
  /** Groups that point at each other in a circle: their links are finished by a second write. */
  readonly circles: readonly (readonly string[])[];
}

/** Parents before those that point at them (KIN-5): strongly connected groups in topological order (Tarjan). */
export function parentsFirst(nodes: readonly Node[]): Ordered {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const names: string[] = [];
  const circles: (readonly string[])[] = [];

  const visit = (name: string): void => {
    index.set(name, index.size);
    low.set(name, index.get(name) ?? 0);
    stack.push(name);
    for (const other of byName.get(name)?.pointsAt ?? []) {
      if (!byName.has(other)) continue;
      if (!index.has(other)) visit(other);
      if (stack.includes(other)) low.set(name, Math.min(low.get(name) ?? 0, low.get(other) ?? 0));
    }
    if (low.get(name) !== index.get(name)) return;
    const group = stack.splice(stack.indexOf(name)).sort();
    names.push(...group);
    if (group.length > 1 || byName.get(name)?.pointsAt.includes(name) === true) circles.push(group);
  };

  for (const { name } of nodes) if (!index.has(name)) visit(name);
  return { names, circles };
}
