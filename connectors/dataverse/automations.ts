import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { AutomationDescription } from '../../src/source/connector.ts';
import type { Client } from './client.ts';

/** Definitions only: activations and templates are copies of them. */
const PROCESSES =
  'workflows?$select=name,category,mode,primaryentity,triggeroncreate,triggerondelete,triggeronupdateattributelist,ondemand,statecode,xaml,clientdata&$filter=type%20eq%201';
/** Those that customers registered; the platform has hundreds of its own. */
const STEPS =
  'sdkmessageprocessingsteps?$select=name,stage,mode,filteringattributes,description&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)&$filter=statecode%20eq%200%20and%20customizationlevel%20eq%201';
const ROLES = 'roles?$select=name,ismanaged';
const PAGED = { prefer: 'odata.maxpagesize=500' } as const;

/** Kinds of process by `category`, and what each is in the inventory's terms. */
const CATEGORIES: Readonly<Record<number, { readonly label: string; readonly kind: string }>> = {
  0: { label: 'Workflow', kind: 'workflow' },
  1: { label: 'Dialog', kind: 'workflow' },
  2: { label: 'Business rule', kind: 'field-rule' },
  3: { label: 'Action', kind: 'workflow' },
  4: { label: 'Business process flow', kind: 'configuration' },
  5: { label: 'Cloud flow', kind: 'workflow' },
  6: { label: 'Desktop flow', kind: 'webhook' },
};

/** Steps of a classic workflow, by the element that stands for each in its definition. */
const STEPS_OF_WORKFLOW: readonly (readonly [element: string, what: string])[] = [
  ['CreateEntity', 'Create a record'],
  ['UpdateEntity', 'Update a record'],
  ['AssignEntity', 'Assign a record'],
  ['SetState', 'Change the status of a record'],
  ['StartChildWorkflow', 'Start another workflow'],
];

/** What runs by itself in the environment (OPX-12). What may not be read is told to `left`. */
export async function readAutomations(
  client: Client,
  left: (what: string, thrown: unknown) => void,
): Promise<readonly AutomationDescription[]> {
  const all = async (
    what: string,
    query: string,
    describe: (row: JsonObject) => AutomationDescription,
  ): Promise<readonly AutomationDescription[]> => {
    const found: AutomationDescription[] = [];
    try {
      for await (const row of client.rows(query, PAGED)) found.push(describe(row));
    } catch (thrown) {
      left(what, thrown);
    }
    return found;
  };
  const processes = await all('workflows and flows', PROCESSES, processOf);
  const steps = await all('plug-in steps', STEPS, stepOf);
  const roles = await all('security roles', ROLES, roleOf);
  // A role stands in every business unit once more.
  const known = new Map(roles.map((role) => [role.name, role]));
  return [...processes, ...steps, ...known.values()];
}

function processOf(row: JsonObject): AutomationDescription {
  const category = CATEGORIES[Number(row.category)] ?? { label: 'Process', kind: 'workflow' };
  const flow = Number(row.category) === 5 ? flowOf(row.clientdata) : null;
  const xaml = textOf(row.xaml) ?? '';
  const off = row.statecode === 1 ? [] : ['It is switched off'];
  return {
    name: textOf(row.name) ?? '(no name)',
    kind: flow?.scheduled === true ? 'scheduled' : category.kind,
    trigger: `${category.label}: ${flow?.trigger ?? triggerOf(row)}`,
    conditions: [...off, ...(xaml.includes('EvaluateCondition') ? ['It has conditions of its own'] : [])],
    actions: [
      ...(flow?.actions ?? []),
      ...STEPS_OF_WORKFLOW.flatMap(([element, what]) => (xaml.includes(element) ? [what] : [])),
    ],
    notifications: [...(flow?.notifications ?? []), ...(xaml.includes('SendEmail') ? ['Send an e-mail'] : [])],
    approvals: flow?.approvals ?? [],
  };
}

function triggerOf(row: JsonObject): string {
  const table = textOf(row.primaryentity) ?? 'any table';
  const changed = textOf(row.triggeronupdateattributelist);
  const when = [
    ...(row.triggeroncreate === true ? ['is created'] : []),
    ...(changed === null || changed === '' ? [] : [`changes in ${changed.split(',').join(', ')}`]),
    ...(row.triggerondelete === true ? ['is deleted'] : []),
    ...(row.ondemand === true ? ['is chosen by hand'] : []),
  ];
  return when.length === 0 ? `a ${table}` : `a ${table} ${when.join(', or ')}`;
}

interface Flow {
  readonly trigger: string;
  readonly scheduled: boolean;
  readonly actions: readonly string[];
  readonly notifications: readonly string[];
  readonly approvals: readonly string[];
}

/** A cloud flow keeps its definition as JSON; one of another shape is listed without its steps. */
function flowOf(clientData: unknown): Flow | null {
  const definition = definitionOf(textOf(clientData));
  if (definition === null) return null;
  const [trigger] = namedSteps(definition.triggers);
  const actions = namedSteps(definition.actions);
  const of = (word: RegExp) => actions.filter(({ what }) => word.test(what)).map(({ name }) => name);
  const approvals = of(/approval/i);
  const notifications = of(/send_?e?mail|post.*message|notification/i);
  return {
    trigger: trigger === undefined ? 'unknown' : `${trigger.name} (${trigger.what})`,
    scheduled: /recurrence/i.test(trigger?.what ?? ''),
    actions: actions
      .map(({ name }) => name)
      .filter((name) => !approvals.includes(name) && !notifications.includes(name)),
    notifications,
    approvals,
  };
}

function definitionOf(text: string | null): JsonObject | null {
  try {
    const data: unknown = JSON.parse(text ?? '');
    const properties = isObject(data) && isObject(data.properties) ? data.properties : null;
    return properties !== null && isObject(properties.definition) ? properties.definition : null;
  } catch {
    return null;
  }
}

function namedSteps(steps: unknown): readonly { readonly name: string; readonly what: string }[] {
  if (!isObject(steps)) return [];
  return Object.entries(steps).map(([name, step]) => {
    const inputs = isObject(step) && isObject(step.inputs) ? step.inputs : {};
    const host = isObject(inputs.host) ? inputs.host : {};
    const type = isObject(step) ? textOf(step.type) : null;
    return { name: name.replaceAll('_', ' '), what: [type, textOf(host.operationId)].filter(Boolean).join(' ') };
  });
}

function stepOf(row: JsonObject): AutomationDescription {
  const nested = (name: string, property: string): string | null => {
    const value = row[name];
    return isObject(value) ? textOf(value[property]) : null;
  };
  const table = nested('sdkmessagefilterid', 'primaryobjecttypecode') ?? 'any table';
  const columns = textOf(row.filteringattributes);
  return {
    name: textOf(row.name) ?? '(no name)',
    kind: 'workflow',
    trigger: `Plug-in step: ${nested('sdkmessageid', 'name') ?? 'a message'} of ${table}`,
    conditions:
      columns === null || columns === '' ? [] : [`Only when one of these changes: ${columns.split(',').join(', ')}`],
    actions: [textOf(row.description) ?? 'Code of the customer: ask who maintains it'],
    notifications: [],
    approvals: [],
  };
}

function roleOf(row: JsonObject): AutomationDescription {
  return {
    name: textOf(row.name) ?? '(no name)',
    kind: 'configuration',
    trigger: row.ismanaged === true ? 'Security role that came with a solution' : 'Security role of the customer',
    conditions: [],
    actions: ['Decide which role of Twenty takes its place'],
    notifications: [],
    approvals: [],
  };
}
