import { expect, test } from 'vitest';
import { coverOf } from './partial-index.ts';

test.each([
  [null, 'all'],
  ['', 'all'],
  ['"deletedAt" IS NULL', 'live'],
  ['("deletedAt" IS NULL)', 'live'],
  ['deletedAt is null', 'live'],
  [`"domainNamePrimaryLinkUrl" != '' AND "deletedAt" IS NULL`, 'live'],
  [`(("name" <> ''::text) AND ("deletedAt" IS NULL))`, 'live'],
  [`"name" IS NOT NULL`, 'all'],
  ['"deletedAt" IS NOT NULL', 'unknown'],
  [`"stage" = 'WON'`, 'unknown'],
  [`"deletedAt" IS NULL AND "stage" = 'WON'`, 'unknown'],
  [`"deletedAt" IS NULL OR "stage" = 'WON'`, 'unknown'],
  ['lower("name") IS NOT NULL', 'unknown'],
] as const)('an index where %s covers %s', (where, cover) => {
  expect(coverOf(where)).toBe(cover);
});
