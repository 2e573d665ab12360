import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileMapping } from '../mapping/compile.ts';
import { readMapping } from '../mapping/parse.ts';
import { writtenBy } from './automations.ts';

function compiled(connector: string) {
  const file = join(import.meta.dirname, '..', '..', 'connectors', connector, 'mapping.yaml');
  return compileMapping(readMapping(readFileSync(file, 'utf8'), file));
}

describe('what has to be agreed to before the first write', () => {
  test('is what is set off by every object that a mapping writes: attachments too, where files move, and only there', () => {
    expect(writtenBy(compiled('smartdesk'))).toEqual(expect.arrayContaining(['person', 'noteTarget', 'attachment']));
    expect(writtenBy(compiled('smart-crm-online'))).not.toContain('attachment');
  });
});
