/** Legal names in Twenty (twenty.md §5): option values are UPPER_SNAKE of at most 63 characters, labels hold no comma. */

const LONGEST = 63;

/** Letters that have no decomposition, as they are usually written in ASCII. */
const LATIN: Readonly<Record<string, string>> = {
  ı: 'i', ß: 'ss', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ł: 'l', Ł: 'L', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', þ: 'th', Þ: 'Th', ð: 'd', Ð: 'D',
};

function ascii(text: string): string {
  return [...text.normalize('NFKD')]
    .map((letter) => LATIN[letter] ?? letter)
    .join('')
    .replace(/\p{M}/gu, '');
}

export function optionValue(label: string): string {
  const words = ascii(label)
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  if (words.length === 0) words.push('OPTION');
  if (/^[0-9]/.test(words[0] ?? '')) words.unshift('N');
  return words.join('_').slice(0, LONGEST).replace(/_+$/, '');
}

export function fieldName(label: string): string {
  const words = ascii(label)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const joined = words
    .map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() + word.slice(1) : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
  const legal = joined === '' ? 'field' : /^[0-9]/.test(joined) ? `field${joined}` : joined;
  return legal.slice(0, LONGEST);
}
