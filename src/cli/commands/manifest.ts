import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Manifest, manifest } from '../../app/operations/manifest.ts';
import { csvText } from '../../core/csv.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { operate } from '../operate.ts';

/** The files, with what each holds. */
const FILES: readonly { readonly name: string; content(of: Manifest): string; told(of: Manifest): string }[] = [
  {
    name: 'schema.json',
    content: ({ schema }) => json(schema),
    told: ({ schema: { objects } }) =>
      `${objects.length} objects, ${objects.reduce((sum, { fields }) => sum + fields.length, 0)} columns, and what becomes of each`,
  },
  {
    name: 'custom-fields.json',
    content: ({ customFields }) => json(customFields),
    told: ({ customFields: { objects, fields } }) =>
      `${objects.length} objects and ${fields.length} fields that Twenty gets, ${fields.filter(({ there }) => !there).length} of them still to be made`,
  },
  {
    name: 'field-guide.md',
    content: ({ guide }) => guide,
    told: () => 'the steps that make what is missing by hand, with names, types and options',
  },
  {
    name: 'users.csv',
    content: usersCsv,
    told: ({ users }) =>
      `${users.length} users with role and state, ${users.filter(({ member }) => !member).length} of them no members of the workspace`,
  },
];

export const manifestCommand: Command = {
  name: 'manifest',
  summary:
    'Writes what is handed over of a source into a folder: its schema, the fields that Twenty gets, the steps that make them by hand, and its users.',
  description:
    'schema.json, custom-fields.json, field-guide.md and users.csv; files of these names are written anew. They hold values of the source, names and e-mail addresses of its users. Formulas are neutralised with an apostrophe.',
  arguments: [
    { name: 'source', description: 'Name of the source in changeover.yaml.', required: true },
    { name: 'folder', description: 'Where the files go; made if it is not there.', required: true },
  ],
  options: [],
  examples: ['changeover manifest crm handover'],
  async run(context, input) {
    const [source = '', folder = ''] = input.arguments;
    const result = await operate(context, manifest, { source });
    const files = FILES.map(({ name, content, told }) => {
      const file = resolve(join(folder, name));
      write(resolve(folder), file, content(result));
      return { file, what: told(result) };
    });
    return {
      json: { source, files },
      text: files.map(({ file, what }) => `${file}: ${what}`).join('\n'),
      exit: 'ok',
    };
  },
};

function write(folder: string, file: string, content: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, content);
  } catch (cause) {
    throw new ChangeoverError('MANIFEST_NOT_WRITTEN', `${file} cannot be written: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}

function usersCsv({ users }: Manifest): string {
  return csvText([
    ['user', 'name', 'e-mail', 'role', 'state', 'member of the workspace'],
    ...users.map(({ reference, name, email, role, active, member }) => [
      reference,
      name ?? '',
      email ?? '',
      role ?? '',
      active ? 'active' : 'not active',
      member ? 'yes' : 'no',
    ]),
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
