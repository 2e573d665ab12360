import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GATES, OBJECT_GATES } from './gates.ts';

const root = new URL('../../', import.meta.url);
const spec = await readFile(new URL('SPEC.md', import.meta.url), 'utf8');
const files = [
  ...(await readdir(new URL('src/', root), { recursive: true })).map((name) => `src/${name}`),
  ...(await readdir(new URL('test/', root), { recursive: true })).map((name) => `test/${name}`),
].map((name) => name.replaceAll('\\', '/'));

/** The cells of the rows whose first cell matches. */
function rows(first: RegExp): readonly (readonly string[])[] {
  return spec
    .split('\n')
    .filter((line) => line.trimStart().startsWith('|'))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter(([cell]) => cell !== undefined && first.test(cell));
}

/** Where a name of the page stands: beside it, below src, or from the root. */
function found(name: string): string | undefined {
  return files.find((file) => [`src/sink/${name}`, `src/${name}`, name].includes(file)) ?? below(name);
}

function below(name: string): string | undefined {
  return files.find((file) => file.startsWith('src/') && file.endsWith(`/${name}`));
}

/** Each file of a cell, with the names in it that are said to do the work. */
function places(cell: string): readonly { readonly file: string; readonly names: readonly string[] }[] {
  return [...cell.matchAll(/([\w./-]+\.ts)((?:[ ,]*`[^`]+`)*)/g)].map(([, file = '', names = '']) => ({
    file,
    names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }));
}

describe('The page of what the sink promises', () => {
  it('names places that are there, for every invariant', async () => {
    const invariants = rows(/^I\d+$/);
    expect(invariants.length).toBeGreaterThanOrEqual(35);
    const wrong: string[] = [];
    for (const [id, , enforced = '', proven = ''] of invariants) {
      for (const { file, names } of [...places(enforced), ...places(proven)]) {
        const path = found(file);
        const text = path === undefined ? null : await readFile(new URL(path, root), 'utf8');
        if (text === null) wrong.push(`${id}: there is no ${file}`);
        else wrong.push(...names.filter((name) => !text.includes(name)).map((name) => `${id}: ${file} has no ${name}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('names the file in which every step is reached', async () => {
    const steps = rows(/^`[a-z-]+`$/).filter(([, file = '']) => /^[\w-]+\.ts$/.test(file));
    expect(steps.length).toBeGreaterThanOrEqual(12);
    for (const [step = '', file = ''] of steps) {
      const text = await readFile(new URL(`src/sink/${file}`, root), 'utf8');
      expect(text, `${step} in ${file}`).toContain(`'${step.replaceAll('`', '')}'`);
    }
  });

  it('lists the gates before a plan, in the order in which they are asked', () => {
    const named = [...Object.keys(GATES), ...Object.keys(OBJECT_GATES)];
    const [from, to] = [spec.indexOf('| gate |'), spec.indexOf('1. **Draft**')];
    const listed = [...spec.slice(from, to).matchAll(/^ *\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(named);
  });
});
