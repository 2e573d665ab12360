import type { PipelineDescription } from '../source/connector.ts';
import { AUTOMATION_KINDS, type InventoriedAutomation } from './automation-file.ts';

/** The automation inventory as a document to hand over (ALL-11). */
export function inventoryDocument(source: string, automations: readonly InventoriedAutomation[]): string {
  const outside = automations.filter((one) => one.needsOutsideTool);
  return [
    `# Automation inventory: ${source}\n`,
    `${automations.length} automations, ${outside.length} of which need an outside tool.\n`,
    ...automations.map(section),
    ...(outside.length === 0 ? [] : ['## Need an outside tool\n', ...outside.map((one) => `- ${one.name}`), '']),
  ].join('\n');
}

function section(one: InventoriedAutomation): string {
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`- ${title}:`, ...items.map((item) => `  - ${item}`)];
  return [
    `## ${one.name}\n`,
    `- Kind: ${AUTOMATION_KINDS[one.kind].label}`,
    `- Trigger: ${one.trigger}`,
    ...list('Conditions', one.conditions),
    ...list('Actions', one.actions),
    ...list('Notifications', one.notifications),
    ...list('Approvals', one.approvals),
    `- Rebuild in Twenty: ${one.rebuild}`,
    ...(one.owner === null ? [] : [`- Rebuilt by: ${one.owner}`]),
    '',
  ].join('\n');
}

/** The pipeline guide: stages in their order with what Twenty has no place for (DIN-5, OPX-11, SCO-4). */
export function pipelineGuide(source: string, pipelines: readonly PipelineDescription[]): string {
  return [
    `# Pipeline guide: ${source}\n`,
    ...pipelines.map((pipeline) =>
      [
        `## ${pipeline.name}\n`,
        '| order | stage | probability | outcome |',
        '|---:|---|---:|---|',
        ...pipeline.stages.map(
          (stage) =>
            `| ${stage.order ?? '?'} | ${stage.name.replaceAll('|', '\\|')} | ${stage.probability === null ? '?' : `${Math.round(stage.probability)} %`} | ${stage.outcome ?? ''} |`,
        ),
        '',
      ].join('\n'),
    ),
  ].join('\n');
}
