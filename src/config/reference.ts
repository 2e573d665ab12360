import { z } from 'zod';
import { configurationSchema } from './schema.ts';

export interface OptionRow {
  /** `twenty.url`; `[]` stands for each entry of a list. */
  readonly path: string;
  readonly type: string;
  readonly default: string | null;
  readonly env: string | null;
  readonly description: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly env?: string;
  readonly format?: string;
  readonly required?: readonly string[];
}

/** The JSON Schema of changeover.yaml, for editors. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configurationSchema, { io: 'input' }) as Record<string, unknown>;
}

/** Every option with its type, default and meaning: the rows of docs/reference/configuration.md. */
export function optionRows(): readonly OptionRow[] {
  const rows: OptionRow[] = [];
  const visit = (schema: JsonSchema, path: string): void => {
    if (schema.description !== undefined && path !== '') rows.push(rowOf(schema, path));
    for (const [name, child] of Object.entries(schema.properties ?? {}))
      visit(child, path === '' ? name : `${path}.${name}`);
    if (schema.items !== undefined) visit(schema.items, `${path}[]`);
  };
  visit(configurationJsonSchema() as JsonSchema, '');
  return rows;
}

function rowOf(schema: JsonSchema, path: string): OptionRow {
  const type = schema.enum === undefined ? (schema.format ?? schema.type ?? 'object') : schema.enum.join(' \\| ');
  return {
    path,
    type: type === 'array' ? 'list' : type,
    default: schema.default === undefined ? null : JSON.stringify(schema.default),
    env: schema.env ?? null,
    description: schema.description ?? '',
  };
}
