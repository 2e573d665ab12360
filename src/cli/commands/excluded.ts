import { excludedList } from '../../app/operations/excluded.ts';
import { csvText } from '../../core/csv.ts';
import type { Command, CommandContext } from '../command.ts';
import { operate } from '../operate.ts';

type Excluded = Awaited<ReturnType<typeof excludedList.run>>['records'][number];

export const excludedCommand: Command = {
  name: 'excluded',
  summary:
    'Writes the records of an object that a rule of the mapping left out, whole as the source gave them, as CSV.',
  description: 'An archive of what stays outside of Twenty. Formulas are neutralised with an apostrophe.',
  arguments: [
    { name: 'source', description: 'Name of the source in changeover.yaml.', required: true },
    { name: 'object', description: 'Object of the source, such as ticket.', required: true },
  ],
  options: [],
  examples: ['changeover excluded crm ticket > tickets.csv'],
  async run(context, input) {
    const [source = '', object = ''] = input.arguments;
    const records = await all(context, source, object);
    return { json: { source, object, records }, text: archiveCsv(records).trimEnd(), exit: 'ok' };
  },
};

async function all(context: CommandContext, source: string, object: string): Promise<readonly Excluded[]> {
  const found: Excluded[] = [];
  let after: string | null = null;
  do {
    const page: { records: readonly Excluded[]; next: string | null } = await operate(context, excludedList, {
      source,
      object,
      after,
    });
    found.push(...page.records);
    after = page.next;
    context.signal.throwIfAborted();
  } while (after !== null);
  return found;
}

/** A row a record; the columns are all fields that any of them has. */
function archiveCsv(records: readonly Excluded[]): string {
  const columns = [...new Set(records.flatMap(({ fields }) => Object.keys(fields)))];
  return csvText([
    ['id', 'why', ...columns],
    ...records.map(({ id, why, fields }) => [id, why, ...columns.map((column) => cellOf(fields[column]))]),
  ]);
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
