import { z } from 'zod';
import { contentHash } from '../../core/identifiers.ts';
import { define } from './transform.ts';

export const hash = define({
  name: 'hash',
  doc: 'The first 128 bits of a SHA-256 in hexadecimal digits: a stable key from values that make none by themselves.',
  takes: ['any', 'text', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list', 'json'],
  gives: 'text',
  lossy: 'everything but equality',
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [{ from: 'a', gives: 'ac8d8342bbb2362d13f0a559a3621bb4' }],
  apply: (value) => contentHash(value),
});
