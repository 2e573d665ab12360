import { z } from 'zod';
import type { DesiredModel } from '../../twenty/desired.ts';
import {
  applyProvision,
  type PlanOptions,
  type ProvisionPlan,
  planProvision,
  provisionGuide,
  verifyProvision,
} from '../../twenty/provision.ts';
import { readMappingOf } from '../mappings.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { openSource } from '../source-unit.ts';

const input = z.strictObject({ adoptUnmarked: z.boolean().default(false) });

/** What the mappings of all sources want of the workspace, as one model: shared names are made once (ALL-6). */
async function desiredOf({ app }: OperationContext): Promise<DesiredModel> {
  const models: DesiredModel[] = [];
  for (const configuration of app.loaded.configuration.sources) {
    const unit = await openSource(app, configuration);
    models.push(readMappingOf(unit).compiled.desired);
    await unit.connector.close();
  }
  return {
    objects: models.flatMap((model) => model.objects),
    fields: models.flatMap((model) => model.fields),
    options: models.flatMap((model) => model.options),
    synced: [...new Set(models.flatMap((model) => model.synced))],
  };
}

/** What the workspace lacks of that, and what stands in the way. Makes no call that is counted. */
export async function planOf(context: OperationContext, options: PlanOptions): Promise<ProvisionPlan> {
  const { client } = await context.app.twenty();
  return planProvision(
    await client.refresh(),
    await desiredOf(context),
    context.app.loaded.configuration.deployment,
    options,
  );
}

/** Every change that the workspace needs before the first record moves, with its reason and risk (LIFE-3). */
export const provisionPlan = defineOperation({
  name: 'provision-plan',
  access: 'read',
  input,
  async run(context, options) {
    const plan = await planOf(context, options);
    return { ...plan, guide: provisionGuide(plan) };
  },
});

export const provisionApply = defineOperation({
  name: 'provision-apply',
  access: 'write',
  input,
  async run(context, options) {
    const { app } = context;
    const plan = await planOf(context, options);
    const { client } = await app.twenty();
    const result = await applyProvision({ client, clock: app.ports.clock, logger: app.ports.logger }, plan);
    // Records may wait for an option or field that is there now.
    context.daemon?.writer?.wake();
    return { ...result, conflicts: plan.conflicts, warnings: plan.warnings };
  },
});

export const provisionVerify = defineOperation({
  name: 'provision-verify',
  access: 'read',
  input,
  async run(context, options) {
    const { app } = context;
    const { client } = await app.twenty();
    const left = await verifyProvision(
      { client, clock: app.ports.clock, logger: app.ports.logger },
      await desiredOf(context),
      app.loaded.configuration.deployment,
      options,
    );
    return {
      complete: left.changes.length === 0 && left.conflicts.length === 0,
      changes: left.changes,
      conflicts: left.conflicts,
    };
  },
});
