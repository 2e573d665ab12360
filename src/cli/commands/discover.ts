import { discover } from '../../app/operations/discover.ts';
import { pipelineGuide } from '../../inventory/document.ts';
import type { ColumnProposal, FieldDescription, Likeness, ObjectDescription } from '../../source/connector.ts';
import type { Command } from '../command.ts';
import { operate } from '../operate.ts';
import { table } from '../table.ts';

export const discoverCommand: Command = {
  name: 'discover',
  summary: 'Shows what the source has: objects, fields with proposed types, owners, pipelines, questions.',
  arguments: [{ name: 'source', description: 'Name of the source in changeover.yaml.', required: true }],
  options: [],
  examples: ['changeover discover crm', 'changeover discover crm --json'],
  async run(context, input) {
    const result = await operate(context, discover, { source: input.arguments[0] });
    const objects = result.objects.map(describeObject);
    const owners = table(
      ['owner', 'name', 'e-mail', 'active', 'role'],
      result.owners.map((one) => [one.reference, one.name, one.email, one.active ? 'yes' : 'no', one.role ?? null]),
    );
    const questions = result.questions.map((one) => `? ${one.question} (${one.choices.join(' | ')})`);
    return {
      json: result,
      text: [
        ...objects,
        `Owners\n${owners}`,
        pipelineGuide(result.source, result.pipelines),
        ...questions,
        ...result.notes,
      ].join('\n\n'),
      exit: 'ok',
    };
  },
};

export function describeObject(object: ObjectDescription): string {
  const rows = object.fields.map((field) => [
    field.name,
    field.standard ? '' : 'custom',
    describeProposal(field.proposal),
    field.profile?.filled ?? null,
    field.profile?.longest ?? null,
    describeContent(field),
  ]);
  return [
    `${object.label} (${object.name}): ${object.count ?? '?'} records`,
    ...(object.likeness ?? []).map(describeLikeness),
    table(['field', '', 'type', 'filled', 'longest', 'values'], rows),
  ].join('\n');
}

/** What it is taken for, why, and how sure that is: confirmed together with the mapping (KIN-1 to KIN-3). */
function describeLikeness({ target, activity, score, reasons }: Likeness): string {
  const what = target === '' ? 'an object of its own' : (activity ?? target);
  return `  like ${what}: ${Math.round(score * 100)} % (${reasons.join(', ')})`;
}

function describeContent({ formula, refersTo, values }: FieldDescription): string {
  if (formula !== undefined) return `computed: ${formula}`;
  if (refersTo.length > 0) return `→ ${refersTo.join(', ')}`;
  return (values ?? []).map(({ value }) => value).join(', ');
}

function describeProposal(proposal: ColumnProposal | null): string {
  if (proposal === null) return '';
  if (!proposal.decided) return `ambiguous: ${proposal.reason}`;
  const { format } = proposal;
  if (format.type === 'date' || format.type === 'timestamp') return `${format.type} ${format.pattern}`;
  return format.type === 'decimal' ? `decimal ${format.decimalMark}` : format.type;
}
