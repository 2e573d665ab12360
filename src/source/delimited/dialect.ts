/** Encodings a file may have. `windows-1254` is Turkish, `windows-1252` Western European. */
export type Encoding =
  | 'utf-8'
  | 'utf-16le'
  | 'utf-16be'
  | 'windows-1254'
  | 'windows-1252'
  | 'iso-8859-9'
  | 'iso-8859-1';

export type Delimiter = ',' | ';' | '\t' | '|';

export type LineEnd = '\r\n' | '\n' | '\r';

/** What the configuration says of the files. Everything left out is found in the file itself. */
export interface DeclaredDialect {
  /** Used only for a file that has no byte order mark and is not UTF-8: such a file never says what it is. */
  readonly codePage?: Exclude<Encoding, 'utf-8' | 'utf-16le' | 'utf-16be'>;
  readonly delimiter?: Delimiter;
  readonly quote?: '"' | "'";
}

/** How one file is written, found before it is parsed, and fixed from then on. */
export interface Dialect {
  readonly encoding: Encoding;
  readonly encodingFrom: 'byte-order-mark' | 'utf-8' | 'declared';
  readonly delimiter: Delimiter;
  readonly quote: '"' | "'";
  readonly lineEnd: LineEnd;
  /** The file starts with Excel's `sep=` line. */
  readonly separatorLine: boolean;
}
