import { describe, expect, test } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import { AUTOMATION_KINDS, inventoryTemplate, parseInventory } from './automation-file.ts';
import { inventoryDocument, pipelineGuide } from './document.ts';

describe('SCO-12 ALL-11 automation inventory', () => {
  test('the template is itself a valid inventory', () => {
    const automations = parseInventory(inventoryTemplate('crm'), 'inventory.yaml', 'crm');
    expect(automations).toEqual([
      {
        name: 'Welcome new leads',
        kind: 'workflow',
        trigger: 'A contact is created',
        conditions: ['Lifecycle stage is Lead'],
        actions: ['Set the owner by region'],
        notifications: ['E-mail to the owner'],
        approvals: [],
        rebuild: AUTOMATION_KINDS.workflow.suggestion,
        needsOutsideTool: false,
        owner: null,
      },
    ]);
  });

  test('sequences are listed as needing an outside tool', () => {
    const text = 'source: crm\nautomations:\n  - { name: Nurture, kind: sequence, trigger: Added to list }\n';
    const automations = parseInventory(text, 'i.yaml', 'crm');
    expect(automations[0]?.needsOutsideTool).toBe(true);
    const page = inventoryDocument('crm', automations);
    expect(page).toContain('1 of which need an outside tool');
    expect(page).toMatch(/## Need an outside tool\n\n- Nurture/);
  });

  test('every mistake is told with its line', () => {
    const text =
      'source: crm\nautomations:\n  - name: A\n    kind: nonsense\n    trigger: x\n  - name: ""\n    kind: workflow\n    trigger: y\n';
    try {
      parseInventory(text, 'i.yaml', 'crm');
      throw new Error('it was accepted');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ChangeoverError);
      const error = thrown as ChangeoverError;
      expect(error.code).toBe('INVENTORY_INVALID');
      expect(error.place).toEqual({ file: 'i.yaml', line: 4 });
      expect(error.message).toMatch(/line 4: automations\.0\.kind[\s\S]*line 6: automations\.1\.name/);
    }
  });

  test("another source's inventory is refused", () => {
    expect(() => parseInventory(inventoryTemplate('other'), 'i.yaml', 'crm')).toThrow('inventory of other');
  });
});

test('SCO-4 the pipeline guide keeps order and rounds probabilities', () => {
  const guide = pipelineGuide('crm', [
    {
      name: 'Sales',
      stages: [
        { name: 'Lead | in', order: 1, probability: 12.5, outcome: 'open' },
        { name: 'Won', order: null, probability: null, outcome: 'won' },
      ],
    },
  ]);
  expect(guide).toContain('| 1 | Lead \\| in | 13 % | open |');
  expect(guide).toContain('| ? | Won | ? | won |');
});
