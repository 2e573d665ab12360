import { z } from 'zod';
import { asText, NotAnOption, type Value } from '../values.ts';
import { define, type TransformContext } from './transform.ts';

export const optionSettings = {
  map: z.record(z.string(), z.string()).optional(),
  table: z.string().optional(),
  unknown: z.enum(['hold', 'leave', 'refuse']).default('hold'),
};

export interface OptionSettings {
  readonly map?: Record<string, string> | undefined;
  readonly table?: string | undefined;
  readonly unknown: 'hold' | 'leave' | 'refuse';
}

/** The value of the option that a text means, through the rename table where it stands in one; never guessed. */
export function optionOf(value: Value, settings: OptionSettings, context: TransformContext): string {
  const text = asText(value).trim();
  const renamed =
    settings.map?.[text] ?? (settings.table === undefined ? undefined : context.table(settings.table).get(text));
  const option = context.options?.find(renamed ?? text) ?? null;
  if (option === null) {
    if (renamed !== undefined && context.options === null) return renamed;
    throw new NotAnOption(text, settings.unknown);
  }
  if (option.lost !== null) context.lose(option.lost.kind, option.lost.before, option.lost.after);
  return option.desired.value;
}

export const select = define({
  name: 'select',
  doc: 'An option of the field: by its label or value, or through `map` or `table` (cell to label or value). A cell that means no option holds the record (`unknown: hold`), is left out and listed (leave) or refuses the record (refuse); it is never guessed.',
  takes: ['text', 'any', 'number', 'boolean'],
  gives: 'option',
  lossy: 'labels over 63 characters, and commas in them',
  settings: z.strictObject(optionSettings),
  shorthand: 'table',
  examples: [
    { from: 'Call', gives: 'CALL' },
    { from: 'call ', gives: 'CALL' },
    { settings: { map: { rang: 'Call' }, unknown: 'hold' }, from: 'rang', gives: 'CALL' },
    { from: 'Fax', gives: { refused: 'MAPPING_OPTION_NOT_LISTED' } },
  ],
  apply: (value, settings, context) => optionOf(value, settings, context),
});
