import type { FaultPlan } from '../../sandbox/twenty/index.ts';
import type { Fault, Step } from './steps.ts';

// What goes wrong with a call, as the workspace is told to do it.

const FAILURES: Readonly<Record<Exclude<Fault['kind'], 'late'>, NonNullable<FaultPlan['fail']>>> = {
  'cut-before': 'drop',
  'cut-after': 'answerLost',
  unavailable: 503,
  throttled: 'throttle',
  refused: 400,
};

export function planOf({ operation, how, after, count }: Extract<Step, { does: 'fault' }>): FaultPlan {
  const when = { match: { operation }, after, count };
  if (how.kind !== 'late') return { ...when, fail: FAILURES[how.kind] };
  return { ...when, latencyMs: how.workMs, answerDelayMs: how.answerMs };
}
