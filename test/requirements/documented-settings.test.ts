import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';

/** What a page shows is copied: it must be read, with the very settings that it names. */

const root = join(import.meta.dirname, '..', '..');
const PAGES = ['README.md', 'docs/**/*.md', 'connectors/*/README.md', 'sandbox/**/README.md', 'deploy/*.md'];

interface Block {
  readonly place: string;
  readonly text: string;
}

/** The YAML blocks of a page, by the line on which they begin; indented as in a list, too. */
function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)].map((found) => {
    const [, indent = '', block = ''] = found;
    const line = text.slice(0, found.index).split('\n').length;
    return { place: `${page}:${line}`, text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

const blocks = globSync(PAGES, { cwd: root }).sort().flatMap(blocksOf);

const shown = z.object({
  sources: z.array(z.object({ connector: z.string(), settings: z.record(z.string(), z.unknown()) })),
});
const settings = blocks.flatMap(({ place, text }) => {
  const read = shown.safeParse(parseDocument(text).toJS());
  return read.success ? read.data.sources.map((source) => ({ place, ...source })) : [];
});

describe('the YAML that pages show', () => {
  test.each(blocks)('$place is read without an error', ({ text }) => {
    // A page may show one setting several times, in all its forms.
    expect(parseDocument(text, { uniqueKeys: false }).errors).toEqual([]);
  });

  test('holds settings of sources', () => expect(settings.length).toBeGreaterThan(4));

  test.each(settings)(
    '$place has settings that the connector $connector takes',
    async ({ connector, settings: given }) => {
      const { parseSettings } = (await import(`../../connectors/${connector}/settings.ts`)) as {
        parseSettings(given: unknown): unknown;
      };
      expect(() => parseSettings(given)).not.toThrow();
    },
  );
});
