import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edge, stepsOf } from './order.ts';

const byName = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

describe('the order of a graph', () => {
  it('puts what is pointed at first, a circle into one step, and leaves ties to the given order', () => {
    const edges = [
      { from: 'deal', to: 'contact' },
      { from: 'contact', to: 'company' },
      { from: 'company', to: 'contact' },
      { from: 'contact', to: 'contact' },
      { from: 'deal', to: 'nowhere' },
    ];
    expect(stepsOf(['deal', 'contact', 'zebra', 'company', 'ant'], edges, byName)).toEqual([
      ['ant'],
      ['company', 'contact'],
      ['deal'],
      ['zebra'],
    ]);
  });

  const graphs = fc.integer({ min: 1, max: 14 }).chain((size) => {
    const node = fc.integer({ min: 0, max: size - 1 }).map((number) => `n${number}`);
    return fc.record({
      nodes: fc.constant(Array.from({ length: size }, (_, number) => `n${number}`)),
      edges: fc.array(fc.record({ from: node, to: node }), { maxLength: 3 * size }),
    });
  });

  /** By the definition: a path of edges leads from one to the other. */
  const leads = (edges: readonly Edge[], from: string, to: string): boolean => {
    const seen = new Set([from]);
    for (let grew = true; grew; ) {
      grew = false;
      for (const edge of edges) {
        if (!seen.has(edge.from) || seen.has(edge.to)) continue;
        seen.add(edge.to);
        grew = true;
      }
    }
    return seen.has(to);
  };

  it('of any graph has every node once, nobody before what it points at outside a circle, and circles whole', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const steps = stepsOf(nodes, edges, byName);
        expect(steps.flat().sort()).toEqual([...nodes].sort());
        const at = new Map(steps.flatMap((step, index) => step.map((node) => [node, index] as const)));
        for (const { from, to } of edges) {
          const same = leads(edges, to, from);
          if (same) expect(at.get(from)).toBe(at.get(to));
          else expect(at.get(to)).toBeLessThan(at.get(from) ?? -1);
        }
        for (const step of steps)
          for (const one of step) for (const other of step) expect(leads(edges, one, other)).toBe(true);
      }),
    );
  });

  it('does not depend on how nodes and edges are listed', () => {
    fc.assert(
      fc.property(graphs, fc.integer(), ({ nodes, edges }, seed) => {
        const turned = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item, index) => [Math.sin(seed + index), item] as const)
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item);
        expect(stepsOf(turned(nodes), turned(edges), byName)).toEqual(stepsOf(nodes, edges, byName));
      }),
    );
  });
});
