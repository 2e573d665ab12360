import { z } from 'zod';
import { agreementsOf, automationsOf, keepAgreement, writtenObjects } from '../automations.ts';
import { defineOperation } from '../operation.ts';

/** Workflows and webhooks of the workspace that the load would set off, and who agreed to that. */
export const automationsList = defineOperation({
  name: 'automations-list',
  access: 'read',
  input: z.strictObject({}),
  async run({ app }) {
    const now = await automationsOf(app, await writtenObjects(app, 'file'));
    return { ...now, agreements: await agreementsOf(app) };
  },
});

/** Agrees to all that are listed, as they are now: one that is new or listens to more is asked about again. */
export const automationsAgree = defineOperation({
  name: 'automations-agree',
  access: 'write',
  input: z.strictObject({ by: z.string().trim().min(1) }),
  async run({ app }, { by }) {
    const { automations } = await automationsOf(app, await writtenObjects(app, 'file'));
    const agreement = { by, at: app.ports.clock.now(), automations };
    await keepAgreement(app, agreement);
    app.ports.logger.info({ by, automations: automations.length }, 'automations agreed to');
    return agreement;
  },
});
