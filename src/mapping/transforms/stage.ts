import { z } from 'zod';
import type { Stage } from '../stages.ts';
import { asText, NotAnOption, type Value } from '../values.ts';
import { define, type TransformContext } from './transform.ts';

const settings = z.strictObject({ unknown: z.enum(['hold', 'leave', 'refuse']).default('hold') });
type Unknown = z.infer<typeof settings>['unknown'];

/** The stage that [pipeline, stage] or a stage alone means; null for no stage at all. */
function stageOf(value: Value, unknown: Unknown, context: TransformContext): Stage | null {
  const cells = Array.isArray(value) ? (value as readonly Value[]) : [null, value];
  const pipeline = asText(cells[0] ?? null).trim();
  const name = asText(cells[1] ?? null).trim();
  if (name === '') return null;
  const found = context.stages?.find(pipeline === '' ? null : pipeline, name) ?? null;
  if (found === null) throw new NotAnOption(pipeline === '' ? name : `${pipeline}: ${name}`, unknown);
  return found;
}

export const stage = define({
  name: 'stage',
  doc: 'The option of a stage, from [pipeline, stage] or a stage alone, as `pipelines` lists them. A stage that is not listed holds the record (`unknown`, see `select`).',
  takes: ['list', 'text', 'any'],
  gives: 'option',
  lossy: 'labels over 63 characters, and commas in them',
  settings,
  shorthand: 'unknown',
  whole: true,
  examples: [
    { from: ['Sales', 'Won'], gives: 'WON' },
    { from: 'won', gives: 'WON' },
    { from: ['Sales', 'Stuck'], gives: { refused: 'MAPPING_OPTION_NOT_LISTED' } },
  ],
  apply: (value, { unknown }, context) => {
    const found = stageOf(value, unknown, context);
    if (found === null) return null;
    const lost = found.option.lost;
    if (lost !== null) context.lose(lost.kind, lost.before, lost.after);
    return found.option.desired.value;
  },
});

export const probability = define({
  name: 'probability',
  doc: 'The probability of a stage in percent, as `pipelines` lists it; nothing where it says none.',
  takes: ['list', 'text', 'any'],
  gives: 'number',
  lossy: null,
  settings,
  shorthand: 'unknown',
  whole: true,
  examples: [{ from: ['Sales', 'Won'], gives: 100 }],
  apply: (value, { unknown }, context) => stageOf(value, unknown, context)?.probability ?? null,
});

export const pipeline = define({
  name: 'pipeline',
  doc: 'The option of a pipeline, as `pipelines` lists them.',
  takes: ['text', 'any'],
  gives: 'option',
  lossy: 'labels over 63 characters, and commas in them',
  settings,
  shorthand: 'unknown',
  examples: [
    { from: 'sales', gives: 'SALES' },
    { from: 'Other', gives: { refused: 'MAPPING_OPTION_NOT_LISTED' } },
  ],
  apply: (value, { unknown }, context) => {
    const text = asText(value).trim();
    const option = context.stages?.findPipeline(text) ?? null;
    if (option === null) throw new NotAnOption(text, unknown);
    if (option.lost !== null) context.lose(option.lost.kind, option.lost.before, option.lost.after);
    return option.desired.value;
  },
});
