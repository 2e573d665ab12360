import { z } from 'zod';
import { type InventoriedAutomation, parseInventory } from '../../inventory/automation-file.ts';
import { defineOperation } from '../operation.ts';

const settingOf = (source: string) => `inventory:${source}`;

export const inventoryImport = defineOperation({
  name: 'inventory-import',
  access: 'write',
  input: z.strictObject({ source: z.string().min(1), text: z.string(), file: z.string() }),
  async run({ app }, input) {
    const automations = parseInventory(input.text, input.file, input.source);
    await app.state.transaction((tx) => tx.settings.set(settingOf(input.source), automations));
    return { source: input.source, automations };
  },
});

export const inventoryShow = defineOperation({
  name: 'inventory-show',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1) }),
  async run({ app }, { source }) {
    const stored = (await app.state.read((tx) => tx.settings.get(settingOf(source)))) as
      | readonly InventoriedAutomation[]
      | null
      | undefined;
    return { source, automations: stored ?? [] };
  },
});
