import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import type { DesiredModel } from '../../twenty/desired.ts';
import {
  type Added,
  applyProvision,
  applyRevert,
  describeAdded,
  mergeAdded,
  type PlanOptions,
  type ProvisionPlan,
  planProvision,
  planRevert,
  provisionGuide,
  verifyProvision,
} from '../../twenty/provision.ts';
import type { Application } from '../application.ts';
import { readMappingOf } from '../mappings.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { openSource } from '../source-unit.ts';

const ADDED_SETTING = 'provision.added';

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
    flagged: [...new Set(models.flatMap((model) => model.flagged ?? []))],
    views: models.flatMap((model) => model.views ?? []),
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
    const onAdding = (added: readonly Added[]) => keepAdded(app, (known) => mergeAdded(known, added));
    const result = await applyProvision({ client, clock: app.ports.clock, logger: app.ports.logger, onAdding }, plan);
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

/** What provisioning added and nobody took away again, as the state keeps it. */
async function addedTo(app: Application): Promise<readonly Added[]> {
  return app.state.read(async (tx) => ((await tx.settings.get(ADDED_SETTING)) ?? []) as readonly Added[]);
}

async function keepAdded(app: Application, change: (known: readonly Added[]) => readonly Added[]): Promise<void> {
  await app.state.transaction(async (tx) => {
    const known = ((await tx.settings.get(ADDED_SETTING)) ?? []) as readonly Added[];
    await tx.settings.set(ADDED_SETTING, change(known));
  });
}

/** Takes away what provisioning added and nobody uses; `dryRun` only says what that is. */
export const provisionRevert = defineOperation({
  name: 'provision-revert',
  access: 'write',
  input: z.strictObject({ dryRun: z.boolean().default(false) }),
  async run({ app, daemon }, { dryRun }) {
    if (daemon?.writer != null && !dryRun) {
      throw new ChangeoverError('TWENTY_REVERT_WHILE_WRITING', 'the daemon writes into the workspace');
    }
    const { client } = await app.twenty();
    const added = await addedTo(app);
    const plan = await planRevert({ client }, added);
    const onRemoved = (gone: Added) =>
      keepAdded(app, (known) => known.filter((each) => describeAdded(each) !== describeAdded(gone)));
    const removed = dryRun ? 0 : await applyRevert({ client, onRemoved }, plan, added);
    return { ...plan, removed };
  },
});
