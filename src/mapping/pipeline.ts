import type { BoundTransform, TransformContext } from './transforms/transform.ts';
import { isEmpty, type Value } from './values.ts';

/**
 * One transform on one value. Empty values pass by unless the transform says otherwise; a transform of single values
 * works on each element of a list, and elements that become empty leave it.
 */
export function runStep(step: BoundTransform, value: Value, context: TransformContext): Value {
  if (isEmpty(value) && !step.nulls) return Array.isArray(value) ? null : value;
  if (Array.isArray(value) && !step.whole) {
    return (value as readonly Value[])
      .map((element) => (isEmpty(element) ? null : step.apply(element, context)))
      .filter((element) => !isEmpty(element));
  }
  return step.apply(value, context);
}

export function runSteps(steps: readonly BoundTransform[], value: Value, context: TransformContext): Value {
  let current = value;
  for (const step of steps) current = runStep(step, current, context);
  return current;
}
