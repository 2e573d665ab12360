import { z } from 'zod';
import { attempt, type Check } from '../doctor/check.ts';
import { checkModel } from '../doctor/model.ts';
import { checkSource } from '../doctor/sources.ts';
import { checkWorkspace } from '../doctor/workspace.ts';
import { defineOperation } from '../operation.ts';
import { planOf } from './provisioning.ts';

/** Everything that can be found out before anything moves, short of this machine itself. Changes nothing. */
export const doctor = defineOperation({
  name: 'doctor',
  access: 'read',
  input: z.strictObject({}),
  async run(context): Promise<readonly Check[]> {
    const { app } = context;
    const { checks, facts } = await checkWorkspace(app);
    const sources: Check[] = [];
    for (const configuration of app.loaded.configuration.sources)
      sources.push(...(await checkSource(app, configuration, facts)));
    const model =
      facts.workspace === null
        ? []
        : await attempt('data model', {}, async () => checkModel(await planOf(context, {})));
    // A mapping that cannot be read keeps the model from being looked at: that is one fault, not two.
    const told = new Set(sources.map((check) => check.found));
    return [...checks, ...sources, ...model.filter((check) => !told.has(check.found))];
  },
});
