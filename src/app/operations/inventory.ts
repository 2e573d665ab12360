import { z } from 'zod';
import { type InventoriedAutomation, inventoriedFrom, parseInventory } from '../../inventory/automation-file.ts';
import { defineOperation } from '../operation.ts';
import { unitOf } from './mapping.ts';

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

/** Takes what the source itself tells of its automations (DIN-13); what an operator listed beside them stays. */
export const inventoryRead = defineOperation({
  name: 'inventory-read',
  access: 'write',
  input: z.strictObject({ source: z.string().min(1) }),
  async run(context, { source }) {
    const unit = await unitOf(context, source);
    try {
      const read = (await unit.connector.describe()).automations.map(inventoriedFrom);
      const names = new Set(read.map(({ name }) => name));
      return await context.app.state.transaction(async (tx) => {
        const stored = ((await tx.settings.get(settingOf(source))) ?? []) as readonly InventoriedAutomation[];
        const automations = [...read, ...stored.filter(({ name }) => !names.has(name))];
        await tx.settings.set(settingOf(source), automations);
        return { source, read: read.length, automations };
      });
    } finally {
      await unit.connector.close();
    }
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
