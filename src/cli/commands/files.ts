import { attachments, filesRetry } from '../../app/operations/attachments.ts';
import { csvText } from '../../core/csv.ts';
import { FILE_CLASSES } from '../../state/file-states.ts';
import type { Command, CommandContext, CommandInput, CommandOption } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

type Report = Awaited<ReturnType<typeof attachments.run>>;
type Line = Report['files'][number];

export const attachmentOptions: readonly CommandOption[] = [
  { flags: '--object <object>', description: 'Attachments only: of this source object.' },
  { flags: '--state <state>', description: 'Attachments only: files in this state.' },
  { flags: '--limit <number>', description: 'Attachments only: list at most so many; 100 unless given.' },
  { flags: '--csv', description: 'Attachments only: every file as a line of CSV.' },
];

const COLUMNS: readonly (keyof Line)[] = [
  'key',
  'record',
  'name',
  'nameInSource',
  'reference',
  'size',
  'type',
  'sha256',
  'state',
  'class',
  'code',
  'reason',
  'attachment',
  'attachedTo',
];
const PAGE = 10_000;

/** `report attachments`: counts per object, reasons, and files one by one. */
export async function reportAttachments(context: CommandContext, input: CommandInput) {
  const chosen = Object.fromEntries(
    ['source', 'object', 'state'].flatMap((name) => {
      const value = text(input, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (flag(input, 'csv')) {
    const lines: (readonly string[])[] = [COLUMNS];
    const files: Line[] = [];
    for (let after: string | null = null; ; ) {
      const page: Report = await operate(context, attachments, {
        ...chosen,
        limit: PAGE,
        ...(after === null ? {} : { after }),
      });
      for (const file of page.files) lines.push(COLUMNS.map((column) => String(file[column] ?? '')));
      files.push(...page.files);
      after = page.files.at(-1)?.key ?? null;
      if (page.files.length < PAGE || after === null) return { json: { ...page, files }, text: csvText(lines), page };
    }
  }
  const limit = number(input, 'limit');
  const page = await operate(context, attachments, { ...chosen, ...(limit === undefined ? {} : { limit }) });
  const counts = table(
    ['object', 'known', ...FILE_CLASSES, 'residue', 'bytes'],
    page.objects.map((row) => [
      `${row.source}/${row.object}`,
      row.known,
      ...FILE_CLASSES.map((name) => row.classes[name]),
      row.residue,
      row.knownBytes,
    ]),
  );
  const reasons = table(
    ['object', 'state', 'code', 'files'],
    page.reasons.map((row) => [`${row.source}/${row.object}`, row.state, row.code, row.files]),
  );
  const files = table(
    ['file', 'name', 'bytes', 'state', 'why'],
    page.files.map((file) => [file.key, file.name, file.size ?? '', file.state, file.reason ?? '']),
    60,
  );
  const { left } = page;
  const outlook = `Left: ${left.files} files; ${left.attachmentCalls} calls of the rate limit and ${left.uploadCalls} calls that 2.21 does not count.`;
  const parts = [`Files by where they stand\n${counts}`, `Reasons\n${reasons}`, `Files\n${files}`, outlook];
  return { json: page, text: parts.join('\n\n'), page };
}

export const filesRetryCommand: Command = {
  name: 'files retry',
  summary: 'Tries held and refused files again: those named, or all that fit.',
  arguments: [{ name: 'keys', description: 'Keys of files, as the report has them.', required: false, many: true }],
  options: [
    { flags: '--source <source>', description: 'Only of this source.' },
    { flags: '--object <object>', description: 'Only of this source object.' },
    { flags: '--code <code>', description: 'Only those with this error code.' },
    { flags: '--by <name>', description: 'Who decides; the user of this machine unless given.' },
  ],
  examples: ['changeover files retry --code FILES_SOURCE_FAILED'],
  async run(context, input) {
    const chosen = Object.fromEntries(
      ['source', 'object', 'code'].flatMap((name) => {
        const value = text(input, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const result = await operate(context, filesRetry, { ...chosen, keys: [...input.arguments], by: whoever(input) });
    return { json: result, text: `${result.retried} files are tried again.`, exit: 'ok' };
  },
};
