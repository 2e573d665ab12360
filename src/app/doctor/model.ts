import type { ProvisionPlan } from '../../twenty/provision.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether the workspace has all that the mappings write, and whether its sync fields are ours. */
export function checkModel(plan: ProvisionPlan): readonly Check[] {
  const checks = plan.conflicts.map(({ object, field, message, hint, code }): Check => {
    const place = { object, ...(field === null ? {} : { field }) };
    return { category: 'data model', outcome: 'fail', found: message, place, fix: hint, code };
  });
  if (plan.changes.length > 0)
    checks.push(
      fail(
        'data model',
        `the workspace lacks ${plan.changes.length} of the objects, fields and options that the mappings need`,
        'Look at `changeover provision plan`, then run `changeover provision apply`.',
      ),
    );
  return checks.length > 0 ? checks : [ok('data model', `all ${plan.present} objects, fields and options are there`)];
}
