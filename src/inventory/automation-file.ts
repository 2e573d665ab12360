import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ChangeoverError } from '../core/errors.ts';
import type { AutomationDescription } from '../source/connector.ts';

/** Kinds of automation, with what rebuilds each in Twenty (ALL-11). Sequences have no counterpart there (TW-6). */
export const AUTOMATION_KINDS = {
  workflow: {
    label: 'Workflow',
    suggestion: 'Twenty workflow with a record trigger (created, updated or deleted) and the same steps.',
  },
  'field-rule': {
    label: 'Field rule',
    suggestion: 'Twenty workflow: record updated → update record; required fields are set in the data model.',
  },
  notification: { label: 'Notification', suggestion: 'Twenty workflow: record trigger → send e-mail.' },
  assignment: {
    label: 'Assignment rule',
    suggestion: 'Twenty workflow: record created → update record (owner field).',
  },
  scheduled: { label: 'Scheduled job', suggestion: 'Twenty workflow with a cron trigger.' },
  webhook: { label: 'Webhook or integration', suggestion: 'Twenty webhook, or a workflow with an HTTP request step.' },
  approval: {
    label: 'Approval',
    suggestion:
      'No approval step in Twenty: a SELECT field for the state, a view for the approvers, a workflow that tells them.',
  },
  sequence: {
    label: 'Sequence or cadence',
    suggestion: 'Needs an outside tool: Twenty has no sequences. Connect it by API or webhook.',
  },
  template: {
    label: 'E-mail template',
    suggestion: 'Copy the text into the send-e-mail step of the workflow that uses it.',
  },
  'help-desk': {
    label: 'Help-desk configuration',
    suggestion:
      'Fields and views of the object Ticket: SELECT fields for queue, priority and status, a view per queue; deadlines as a Twenty workflow with a cron trigger. Mail that opens tickets needs an outside tool.',
  },
  configuration: { label: 'Configuration', suggestion: 'Set by hand in Twenty: roles, views, fields.' },
} as const satisfies Record<string, { label: string; suggestion: string }>;

export type AutomationKind = keyof typeof AUTOMATION_KINDS;
const kinds = Object.keys(AUTOMATION_KINDS) as [AutomationKind, ...AutomationKind[]];

const texts = z.array(z.string().min(1)).default([]);
const automation = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(kinds),
  trigger: z.string().min(1),
  conditions: texts,
  actions: texts,
  notifications: texts,
  approvals: texts,
  rebuild: z.string().min(1).optional(),
  owner: z.string().optional(),
});

const file = z.strictObject({ source: z.string().min(1), automations: z.array(automation) });

export interface InventoriedAutomation extends AutomationDescription {
  readonly kind: AutomationKind;
  /** How to rebuild it in Twenty: the operator's own words, else the suggestion for its kind. */
  readonly rebuild: string;
  readonly needsOutsideTool: boolean;
  readonly owner: string | null;
}

/** The file that an operator fills in where the source cannot be asked (SCO-12): one example of each kind, as comments say. */
export function inventoryTemplate(source: string): string {
  const list = kinds.map((kind) => `#   ${kind}: ${AUTOMATION_KINDS[kind].label}`).join('\n');
  return `# What runs by itself in ${source}. Fill in one entry per automation, then: changeover inventory import ${source} <this file>
# Kinds:
${list}
source: ${source}
automations:
  - name: Welcome new leads          # as it is called in the source
    kind: workflow
    trigger: A contact is created
    conditions:
      - Lifecycle stage is Lead
    actions:
      - Set the owner by region
    notifications:
      - E-mail to the owner
    approvals: []
    # rebuild: how you want it in Twenty; left out, a suggestion for its kind is written
    # owner: who rebuilds it
`;
}

/** Reads a filled-in inventory. All mistakes are told at once, each with its line. @throws INVENTORY_INVALID */
export function parseInventory(text: string, path: string, source: string): readonly InventoriedAutomation[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new ChangeoverError('INVENTORY_INVALID', `not valid YAML: ${fault.message}`, {
      place: { file: path, line: lines.linePos(fault.pos[0]).line },
    });
  }
  const parsed = file.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const node = document.getIn(issue.path as (string | number)[], true) as
        | { range?: [number, number, number] | null }
        | undefined;
      const line = node?.range == null ? undefined : lines.linePos(node.range[0]).line;
      return { line, text: `${line === undefined ? '' : `line ${line}: `}${issue.path.join('.')}: ${issue.message}` };
    });
    const line = problems.find((problem) => problem.line !== undefined)?.line;
    throw new ChangeoverError('INVENTORY_INVALID', problems.map((problem) => problem.text).join('\n'), {
      place: { file: path, ...(line === undefined ? {} : { line }) },
    });
  }
  if (parsed.data.source !== source) {
    throw new ChangeoverError(
      'INVENTORY_INVALID',
      `the file is the inventory of ${parsed.data.source}, not of ${source}`,
      { place: { file: path } },
    );
  }
  return parsed.data.automations.map(inventoried);
}

/** What a source tells of one of its automations, with a suggestion how to rebuild it; an unknown kind is a workflow. */
export function inventoriedFrom(one: AutomationDescription): InventoriedAutomation {
  const kind = Object.hasOwn(AUTOMATION_KINDS, one.kind) ? (one.kind as AutomationKind) : 'workflow';
  return inventoried({
    ...one,
    kind,
    conditions: [...one.conditions],
    actions: [...one.actions],
    notifications: [...one.notifications],
    approvals: [...one.approvals],
  });
}

function inventoried(one: z.infer<typeof automation>): InventoriedAutomation {
  return {
    name: one.name,
    kind: one.kind,
    trigger: one.trigger,
    conditions: one.conditions,
    actions: one.actions,
    notifications: one.notifications,
    approvals: one.approvals,
    rebuild: one.rebuild ?? AUTOMATION_KINDS[one.kind].suggestion,
    needsOutsideTool: one.kind === 'sequence',
    owner: one.owner ?? null,
  };
}
