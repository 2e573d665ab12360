import { describe, expect, it } from 'vitest';
import { Zone } from '../cells.ts';
import { optionSet } from '../options.ts';
import { runStep } from '../pipeline.ts';
import { Stages } from '../stages.ts';
import { BadValue, NotAnOption, type Value } from '../values.ts';
import { TRANSFORMS } from './registry.ts';
import type { TransformContext } from './transform.ts';

function context(losses: string[]): TransformContext {
  return {
    zone: new Zone('Europe/London'),
    country: 'GB',
    currency: 'GBP',
    options: optionSet(['Call', 'Email']),
    stages: new Stages({
      stage: 'opportunity.stage',
      list: [{ name: 'Sales', stages: [{ name: 'Won', probability: 100 }] }],
    }),
    table: () => new Map([['UK', 'United Kingdom']]),
    list: () => ['VIP'],
    lose: (kind) => losses.push(kind),
  };
}

describe('the examples of the transforms, as the guide shows them', () => {
  const examples = TRANSFORMS.flatMap((transform) =>
    transform.examples.map((example, index) => ({ transform, example, index })),
  );
  it.each(examples.map((entry) => [`${entry.transform.name} #${entry.index + 1}`, entry] as const))(
    '%s',
    (_name, { transform, example }) => {
      const bound = transform.bind(example.settings ?? {});
      if (!('bound' in bound)) throw new Error(bound.issues.join('; '));
      const losses: string[] = [];
      let got: Value | { refused: string };
      try {
        got = runStep(bound.bound, example.from, context(losses));
      } catch (thrown) {
        if (thrown instanceof BadValue) got = { refused: thrown.code };
        else if (thrown instanceof NotAnOption) got = { refused: 'MAPPING_OPTION_NOT_LISTED' };
        else throw thrown;
      }
      expect(got).toEqual(example.gives);
      expect(losses).toEqual(example.loses ?? []);
    },
  );

  it('every transform has a sentence and an example', () => {
    for (const transform of TRANSFORMS) {
      expect(transform.doc, transform.name).toMatch(/\.$/);
      expect(transform.examples.length, transform.name).toBeGreaterThan(0);
    }
    expect(new Set(TRANSFORMS.map((transform) => transform.name)).size).toBe(TRANSFORMS.length);
  });
});
