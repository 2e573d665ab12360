import { SHARED_FIELDS } from './shared-fields.ts';
import { TRANSFORMS } from './transforms/registry.ts';
import type { AnyTransform, Example } from './transforms/transform.ts';

/** The generated page docs/reference/transforms.md: every transform with its examples, which are run as tests, and the shared fields. */
export function transformsPage(): string {
  return [
    '# Transforms of mapping files\n',
    'In the order of the list of `transform`. A transform of single values works on each element of a list; empty values pass it by.',
    'The examples are run as tests: time zone Europe/London, country GB, currency GBP, options Call and Email, one pipeline Sales with the stage Won.\n',
    '| name | takes | gives | loses | settings |',
    '|---|---|---|---|---|',
    ...TRANSFORMS.map((transform) => {
      const settings = settingsOf(transform);
      return `| [\`${transform.name}\`](#${transform.name}) | ${transform.takes.join(', ')} | ${transform.gives} | ${transform.lossy ?? '–'} | ${settings} |`;
    }),
    '',
    ...TRANSFORMS.flatMap(section),
    sharedFieldsSection(),
  ].join('\n');
}

function settingsOf(transform: AnyTransform): string {
  const names = new Set<string>();
  for (const example of transform.examples)
    for (const name of Object.keys((example.settings as object | undefined) ?? {})) names.add(name);
  const shorthand = transform.shorthand;
  if (shorthand !== null) names.add(shorthand);
  if (names.size === 0) return '–';
  return [...names].map((name) => (name === shorthand ? `\`${name}\` (may stand alone)` : `\`${name}\``)).join(', ');
}

function section(transform: AnyTransform): readonly string[] {
  return [
    `## ${transform.name}\n`,
    `${transform.doc}\n`,
    '| from | settings | gives |',
    '|---|---|---|',
    ...transform.examples.map(
      (example) =>
        `| ${code(example.from)} | ${example.settings === undefined ? '' : code(example.settings)} | ${outcome(example)} |`,
    ),
    '',
  ];
}

function outcome(example: Example<unknown>): string {
  const { gives } = example;
  const losses = example.loses === undefined ? '' : `, listed as ${example.loses.join(', ')}`;
  if (gives !== null && typeof gives === 'object' && 'refused' in gives)
    return `refused: \`${String(gives.refused)}\`${losses}`;
  return `${code(gives)}${losses}`;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
}

function sharedFieldsSection(): string {
  const rows = Object.entries(SHARED_FIELDS).flatMap(([object, fields]) =>
    Object.entries(fields).map(([name, spec]) => {
      const options = (spec.options ?? [])
        .map((option) => (typeof option === 'string' ? option : option.label))
        .join(', ');
      return `| ${object === '*' ? 'any' : object} | \`${name}\` | ${spec.type ?? ''}${spec.target === undefined ? '' : ` to ${spec.target}`} | ${spec.label ?? ''} | ${options} |`;
    }),
  );
  return [
    '# Shared fields\n',
    'What sources have and Twenty has no standard field for, under one name for all sources of a workspace: `create: shared`.\n',
    '| object | field | type | label | options |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
