import { z } from 'zod';
import { asText, foldKey, isEmpty, type Value } from '../values.ts';
import { define, type TransformContext } from './transform.ts';

const words = z.union([
  z.strictObject({ list: z.string().min(1) }),
  z.strictObject({ words: z.array(z.string().min(1)).min(1) }),
]);
type Words = z.infer<typeof words>;

function wordsOf(settings: Words, context: TransformContext): ReadonlyMap<string, string> {
  const given = 'list' in settings ? context.list(settings.list) : settings.words;
  return new Map(given.map((word) => [foldKey(word), word]));
}

function elementsOf(value: Value): readonly Value[] {
  return (Array.isArray(value) ? (value as readonly Value[]) : [value]).filter((element) => !isEmpty(element));
}

export const only = define({
  name: 'only',
  doc: 'Of a list the elements that `words`, or the `list` of the mapping, names; in its spelling, case aside. What is left out is listed.',
  takes: ['list', 'text', 'any'],
  gives: 'list',
  lossy: 'the other elements',
  settings: words,
  shorthand: 'words',
  whole: true,
  examples: [
    { settings: { words: ['VIP', 'Partner'] }, from: ['vip', 'Partner'], gives: ['VIP', 'Partner'] },
    { settings: { list: 'core' }, from: ['VIP', 'Other'], gives: ['VIP'], loses: ['dropped'] },
  ],
  apply: (value, settings, context) => {
    const named = wordsOf(settings, context);
    return elementsOf(value).flatMap((element) => {
      const word = named.get(foldKey(asText(element)));
      if (word === undefined) context.lose('dropped', asText(element), null);
      return word ?? [];
    });
  },
});

export const except = define({
  name: 'except',
  doc: 'Of a list the elements that `words`, or the `list` of the mapping, does not name; case aside. For elements that another rule takes.',
  takes: ['list', 'text', 'any'],
  gives: 'list',
  lossy: null,
  settings: words,
  shorthand: 'words',
  whole: true,
  examples: [{ settings: { words: ['VIP'] }, from: ['vip', 'Other'], gives: ['Other'] }],
  apply: (value, settings, context) => {
    const named = wordsOf(settings, context);
    return elementsOf(value).filter((element) => !named.has(foldKey(asText(element))));
  },
});
