import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const replace = define({
  name: 'replace',
  doc: 'Every place where the text `find` stands becomes `with` (nothing by default).',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({ find: z.string().min(1), with: z.string().default('') }),
  shorthand: null,
  examples: [{ settings: { find: ' Ltd', with: '' }, from: 'Acme Ltd', gives: 'Acme' }],
  apply: (value, settings) => asText(value).replaceAll(settings.find, () => settings.with),
});
