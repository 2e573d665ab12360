/** How one file of the export is written: real exports differ from file to file. */
export interface Dialect {
  readonly delimiter: ',' | ';';
  readonly newline: '\r\n' | '\n';
  readonly encoding: 'utf-8' | 'utf-8-bom' | 'windows-1254';
}

export type Row = Readonly<Record<string, string>>;

export function writeCsv(headers: readonly string[], rows: readonly Row[], dialect: Dialect): Buffer {
  const lines = [headers, ...rows.map((row) => headers.map((header) => row[header] ?? ''))].map((cells) =>
    cells.map((cell) => quote(cell, dialect.delimiter)).join(dialect.delimiter),
  );
  return encode(`${lines.join(dialect.newline)}${dialect.newline}`, dialect.encoding);
}

function quote(cell: string, delimiter: string): string {
  const needed = cell.includes(delimiter) || cell.includes('"') || cell.includes('\n') || cell.includes('\r');
  return needed ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encode(text: string, encoding: Dialect['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-8-bom':
      return Buffer.from(`\uFEFF${text}`, 'utf8');
    case 'windows-1254':
      return encodeTurkish(text);
  }
}

/** Where windows-1254 is not Latin-1, as far as the sample needs it. */
const TURKISH_BYTES: Readonly<Record<string, number>> = {
  '€': 0x80,
  '‘': 0x91,
  '’': 0x92,
  '–': 0x96,
  Ğ: 0xd0,
  İ: 0xdd,
  Ş: 0xde,
  ğ: 0xf0,
  ı: 0xfd,
  ş: 0xfe,
};

function encodeTurkish(text: string): Buffer {
  const bytes: number[] = [];
  for (const character of text) {
    const code = TURKISH_BYTES[character] ?? character.codePointAt(0) ?? 0;
    const replaced = [0xd0, 0xdd, 0xde, 0xf0, 0xfd, 0xfe].includes(code) && !(character in TURKISH_BYTES);
    if (code > 0xff || replaced) throw new Error(`not in windows-1254: ${JSON.stringify(character)}`);
    bytes.push(code);
  }
  return Buffer.from(bytes);
}
