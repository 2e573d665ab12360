import { expect, it } from 'vitest';
import { benchDataverse } from './dataverse.ts';

it('OPX-S2: a delta takes one call per page of rows, one per forty activities and forty e-mails with files, and one for the definitions', async () => {
  expect(await benchDataverse({ changes: 90, tables: 9 })).toMatchObject({
    holds: true,
    figures: {
      calls: 14,
      'calls for rows': 9,
      'calls for parties': 3,
      'calls for files of e-mails': 1,
      'calls without changes': 10,
    },
  });
});
