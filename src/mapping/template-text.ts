export interface CompiledTemplate {
  readonly columns: readonly string[];
  /** Empty where all columns are; a line whose columns are all empty is left out. */
  fill(text: (column: string) => string): string;
}

type Piece = { readonly text: string } | { readonly column: string };

/** `{Column}` stands for its text, `{{` for a brace. Null where a brace is not closed. */
export function compileTemplate(template: string): CompiledTemplate | null {
  const lines: Piece[][] = [];
  for (const line of template.split('\n')) {
    const pieces: Piece[] = [];
    let rest = line;
    while (rest !== '') {
      const brace = rest.indexOf('{');
      if (brace < 0) {
        pieces.push({ text: rest });
        break;
      }
      if (brace > 0) pieces.push({ text: rest.slice(0, brace) });
      if (rest.charAt(brace + 1) === '{') {
        pieces.push({ text: '{' });
        rest = rest.slice(brace + 2);
        continue;
      }
      const end = rest.indexOf('}', brace);
      if (end < brace + 2) return null;
      pieces.push({ column: rest.slice(brace + 1, end) });
      rest = rest.slice(end + 1);
    }
    lines.push(pieces);
  }
  const columns = [...new Set(lines.flat().flatMap((piece) => ('column' in piece ? [piece.column] : [])))];
  return {
    columns,
    fill: (text) => {
      if (columns.length > 0 && columns.every((column) => text(column) === '')) return '';
      return lines
        .flatMap((pieces) => {
          const own = pieces.flatMap((piece) => ('column' in piece ? [text(piece.column)] : []));
          if (own.length > 0 && own.every((part) => part === '')) return [];
          const line = pieces.map((piece) => ('column' in piece ? text(piece.column) : piece.text)).join('');
          return [own.includes('') ? line.replace(/ {2,}/g, ' ') : line];
        })
        .join('\n')
        .trim();
    },
  };
}
