import type { DesiredField, DesiredView } from './desired.ts';
import type { TwentyFieldType } from './model.ts';
import type { ProvisionChange, ProvisionPlan } from './provision-draft.ts';

/** The types as Twenty's settings name them. */
const TYPE_NAMES: Readonly<Record<TwentyFieldType, string>> = {
  ACTOR: 'Actor',
  ADDRESS: 'Address',
  ARRAY: 'Array',
  BOOLEAN: 'True/False',
  CURRENCY: 'Currency',
  DATE: 'Date',
  DATE_TIME: 'Date and time',
  EMAILS: 'Emails',
  FILES: 'Files',
  FULL_NAME: 'Full name',
  LINKS: 'Links',
  MORPH_RELATION: 'Relation',
  MULTI_SELECT: 'Multi-select',
  NUMBER: 'Number',
  NUMERIC: 'Numeric',
  PHONES: 'Phones',
  POSITION: 'Position',
  RATING: 'Rating',
  RAW_JSON: 'JSON',
  RELATION: 'Relation',
  RICH_TEXT: 'Rich text',
  SELECT: 'Select',
  TEXT: 'Text',
  TS_VECTOR: 'Search vector',
  UUID: 'Unique ID',
};

/** Step by step for a person who makes the changes by hand, because the key may not, or must not (SMD-S1). */
export function provisionGuide(plan: ProvisionPlan): string {
  const lines = [
    '# What to set up in Twenty',
    '',
    'For an administrator of the workspace. Everything is done under *Settings → Data model*; switch on *Advanced* there,',
    'so that API names can be entered. Names, types and option values must be exactly as given. Nothing that exists is',
    'changed or removed. Afterwards run `changeover provision verify`, which says what is still missing.',
    '',
  ];
  if (plan.conflicts.length > 0) {
    lines.push('## First decide', '');
    for (const { object, field, message, hint } of plan.conflicts) {
      lines.push(`- **${cell(field === null ? object : `${object}.${field}`)}**: ${cell(message)}. ${cell(hint)}`);
    }
    lines.push('');
  }
  if (plan.changes.length === 0) lines.push('Nothing is missing.', '');
  plan.changes.forEach((change, index) => {
    lines.push(...step(change, index + 1), '', ...riskLines(change), '');
  });
  if (plan.views.length > 0) lines.push(...viewLines(plan.views));
  if (plan.warnings.length > 0)
    lines.push('## Worth a look', '', ...plan.warnings.map((warning) => `- ${cell(warning)}`), '');
  return lines.join('\n');
}

/** As a list, not as numbered steps: `provision verify` doesn't look for views, and nothing waits for them. */
function viewLines(views: readonly DesiredView[]): readonly string[] {
  return [
    '## Views, after that',
    '',
    'Views are made by hand, and records move without them. Open the list of the object, *Filter* by the field named here,',
    '*Save as new view* under the name, and share it with the workspace. `changeover provision verify` does not look for them;',
    'they can be deleted at any time.',
    '',
    ...views.map(
      ({ object, name, filter, because }) =>
        `- on ${cell(object)}: **${cell(name)}**, where *${cell(filter.label)}* is *${cell(filter.is)}*. Why: ${cell(because)}.`,
    ),
    '',
  ];
}

function step(change: ProvisionChange, number: number): readonly string[] {
  switch (change.kind) {
    case 'create-object': {
      const { object } = change;
      return [
        `## ${number}. New object: ${cell(object.labelPlural)}`,
        '',
        '*Data model → New object*.',
        '',
        ...table([
          ['Singular label', object.labelSingular],
          ['Plural label', object.labelPlural],
          ['API name, singular', code(object.nameSingular)],
          ['API name, plural', code(object.namePlural)],
          ['Description', object.description],
        ]),
      ];
    }
    case 'create-field':
      return [
        `## ${number}. New field on ${cell(change.field.object)}: ${cell(change.field.label)}`,
        '',
        `*Data model → ${cell(change.field.object)} → New field → ${TYPE_NAMES[change.field.type]}*. Why: ${cell(change.why)}.`,
        '',
        ...table(fieldRows(change.field)),
        ...optionTable(change.field.options ?? []),
      ];
    case 'add-options':
      return [
        `## ${number}. More options for ${cell(change.object)}.${cell(change.field)}`,
        '',
        `*Data model → ${cell(change.object)} → ${cell(change.field)} → Options*. Leave the existing options as they are. Why: ${cell(change.why)}.`,
        ...optionTable(change.options),
      ];
  }
}

function riskLines({ risk }: ProvisionChange): readonly string[] {
  switch (risk.kind) {
    case 'none':
      return ['Nothing that is there is touched.'];
    case 'touches':
      return [`May touch: ${cell(risk.what)}.`];
    case 'lasting':
      return [`**Cannot be taken back:** ${cell(risk.what)}.`];
  }
}

function fieldRows(field: DesiredField): readonly (readonly [string, string])[] {
  const { dataType, maxNumberOfValues } = field.settings ?? {};
  return [
    ['Label', field.label],
    ['API name', code(field.name)],
    ['Type', TYPE_NAMES[field.type]],
    ...(field.isUnique === true ? [['Unique', 'yes'] as const] : []),
    ...(dataType === undefined
      ? []
      : [['Number type', dataType === 'bigint' ? 'integer, 64 bits (bigint)' : String(dataType)] as const]),
    ...(maxNumberOfValues === undefined ? [] : [['At most', `${String(maxNumberOfValues)} values`] as const]),
    ...(field.defaultValue === undefined ? [] : [['Default', defaultShown(field.defaultValue)] as const]),
    ...(field.relation === undefined
      ? []
      : [
          ['Points at', `${field.relation.target} (many to one)`] as const,
          ['Name of the other side', field.relation.reverseLabel] as const,
        ]),
    ...(field.description === undefined ? [] : [['Description, word for word', field.description] as const]),
  ];
}

/** Without the quotes that the API wants around texts (twenty.md O6). */
function defaultShown(value: unknown): string {
  if (typeof value === 'string') return value.replace(/^'(.*)'$/s, '$1');
  return Array.isArray(value) ? value.map(defaultShown).join(', ') : JSON.stringify(value);
}

function optionTable(options: readonly { readonly value: string; readonly label: string }[]): readonly string[] {
  if (options.length === 0) return [];
  return [
    '',
    '| Option label | API value |',
    '|---|---|',
    ...options.map((option) => `| ${cell(option.label)} | ${code(option.value)} |`),
  ];
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`)];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Labels come from the source: they must not break the table or become markup. */
function cell(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[|<>\\*[\]]/g, (character) => `\\${character}`);
}
