import { type CompiledMapping, TIERS } from '../mapping/model.ts';
import { type Edge, stepsOf } from '../mapping/order.ts';
import type { Workspace } from '../twenty/model.ts';

/** In which order the objects of a source are written, and who is loaded before whom. */
export interface LoadOrder {
  /** Source objects, parents first; of a circle in the order of the workspace's own relations. */
  readonly objects: readonly string[];
  /** The source objects whose first load comes before that of this one: what it points at, outside of circles. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  /** Source objects that are loaded side by side: they become rows of one Twenty object, or point at each other in a circle. */
  readonly beside: ReadonlyMap<string, readonly string[]>;
}

/**
 * The order of every mapping's objects, worked out from its links and the workspace's relations (TW-1), as long as both
 * stay the same.
 */
export class LoadOrders {
  readonly #known = new WeakMap<CompiledMapping, { readonly workspace: Workspace; readonly order: LoadOrder }>();

  of(mapping: CompiledMapping, workspace: Workspace): LoadOrder {
    const known = this.#known.get(mapping);
    if (known?.workspace === workspace) return known.order;
    const order = loadOrder(mapping, workspace);
    this.#known.set(mapping, { workspace, order });
    return order;
  }
}

/** Pure. */
export function loadOrder(mapping: CompiledMapping, workspace: Workspace): LoadOrder {
  const objects = [...mapping.objects.values()];
  const links = objects.flatMap(({ object, links }) => [...(links ?? [])].map((to): Edge => ({ from: object, to })));
  const ranks = workspaceRanks(workspace);
  // Who points at whom decides; the list of tiers, and a mapping's own, only where the workspace does not say either.
  const before = (one: string, other: string): number => {
    const [a, b] = [mapping.objects.get(one), mapping.objects.get(other)];
    if (a === undefined || b === undefined) return 0;
    const rank = (target: string) => ranks.get(target) ?? ranks.size;
    return rank(a.target) - rank(b.target) || TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier);
  };
  const names = objects.map(({ object }) => object);
  const targetOf = (object: string) => mapping.objects.get(object)?.target ?? object;
  const between = links.map(({ from, to }): Edge => ({ from: targetOf(from), to: targetOf(to) }));
  const phases = stepsOf(
    objects.map(({ target }) => target),
    between,
    (one, other) => (one < other ? -1 : 1),
  );
  const phaseOf = new Map(phases.flatMap((phase) => phase.map((target) => [target, phase] as const)));
  const beside = new Map(
    names.map((name) => [name, names.filter((other) => phaseOf.get(targetOf(other)) === phaseOf.get(targetOf(name)))]),
  );
  const parents = new Map(
    names.map((name) => {
      const others = beside.get(name) ?? [];
      const all = links.flatMap(({ from, to }) =>
        others.includes(from) && mapping.objects.has(to) && !others.includes(to) ? [to] : [],
      );
      return [name, [...new Set(all)].sort()] as const;
    }),
  );
  return { objects: stepsOf(names, links, before).flat(), parents, beside };
}

/** The place of each Twenty object among what it points at: those that point at each other share one. */
function workspaceRanks(workspace: Workspace): ReadonlyMap<string, number> {
  const edges = [...workspace.objects.values()].flatMap((object) =>
    [...object.fields.values()].flatMap(({ relation, isActive }) =>
      relation?.type === 'MANY_TO_ONE' && isActive
        ? relation.targets.map((to): Edge => ({ from: object.nameSingular, to }))
        : [],
    ),
  );
  const depths = new Map<string, number>();
  for (const step of stepsOf(workspace.objects.keys(), edges, (one, other) => (one < other ? -1 : 1))) {
    const below = edges.flatMap(({ from, to }) =>
      step.includes(from) && !step.includes(to) ? [(depths.get(to) ?? -1) + 1] : [],
    );
    const depth = Math.max(0, ...below);
    for (const object of step) depths.set(object, depth);
  }
  return depths;
}
