import type { ErrorCodeEntry } from './entry.ts';

/** Codes of exported files and of what reads sources. */
export const SOURCE_CODES = {
  FILE_EMPTY: { meaning: 'The file has no content.', hint: 'Export it again.', retry: 'hold' },
  FILE_NO_HEADER: {
    meaning: 'The first line of the file is not a header: it holds none of the known column names.',
    hint: 'Export with a header line, or add the header names to the connector’s aliases.',
    retry: 'hold',
  },
  FILE_HEADER_ONLY: {
    meaning: 'The file has a header and no rows.',
    hint: 'Export again; if the object really is empty, say in the configuration that it may be.',
    retry: 'hold',
  },
  FILE_DUPLICATE_HEADERS: {
    meaning: 'Two columns have the same name, so one would hide the other.',
    hint: 'Rename one of the columns in the source, or export again without it.',
    retry: 'hold',
  },
  FILE_ENCODING_UNKNOWN: {
    meaning: 'The file is not UTF-8, has no byte order mark, and no fitting code page is declared.',
    hint: 'Export as UTF-8, or declare it in the source’s settings: `codePage: windows-1254` (Turkish), `windows-1252` (Western European).',
    retry: 'hold',
  },
  FILE_ENCODING_MIXED: {
    meaning: 'The file is written in more than one encoding, or is damaged.',
    hint: 'Export it again in one go as UTF-8; do not join files of different origin.',
    retry: 'hold',
  },
  FILE_UTF16_UNMARKED: {
    meaning: 'The file is UTF-16 without a byte order mark.',
    hint: 'Save it as UTF-8, or as UTF-16 with a byte order mark.',
    retry: 'hold',
  },
  FILE_NUL: {
    meaning: 'The file holds NUL bytes: it is not text, or is damaged.',
    hint: 'Export it again.',
    retry: 'hold',
  },
  FILE_IS_HTML: {
    meaning: 'The file is a web page, whatever its name says; often a login or error page saved as an export.',
    hint: 'Sign in and export again as CSV.',
    retry: 'hold',
  },
  FILE_JSON_INVALID: {
    meaning: 'The file is named as JSON and is not one array of objects.',
    hint: 'Export again; if the dump is of another form, export as CSV.',
    retry: 'hold',
  },
  FILE_IS_WORKBOOK: {
    meaning: 'The file is a workbook (.xlsx or .xls) or an archive, whatever its name says.',
    hint: 'Save it as “CSV UTF-8”.',
    retry: 'hold',
  },
  FILE_DELIMITER_UNKNOWN: {
    meaning: 'More than one delimiter would fit the file equally well.',
    hint: 'Declare the delimiter in the configuration.',
    retry: 'hold',
  },
  FILE_UNTERMINATED_QUOTE: {
    meaning: 'A quoted cell is never closed: the export was cut off, or holds a stray quote.',
    hint: 'Export it again; if it stays, look at the line that is named.',
    retry: 'hold',
  },
  FILE_QUOTES_BROKEN: {
    meaning: 'A stray quote swallows the lines after it, so that the rows cannot be told apart.',
    hint: 'Correct the line that is named (quotes inside a quoted cell are doubled), or export again.',
    retry: 'hold',
  },
  FILE_ROW_TOO_LARGE: {
    meaning: 'A row is larger than any row may be; most likely a quote that is not closed.',
    hint: 'Look at the line that is named, or export again.',
    retry: 'hold',
  },
  FILE_IDS_MANGLED: {
    meaning: 'Ids were turned into numbers such as 1.23E+15 by a spreadsheet; the real ids are lost.',
    hint: 'Export again and do not open the file in a spreadsheet before it is read.',
    retry: 'hold',
  },
  FILE_ALL_ROWS_REJECTED: {
    meaning: 'Not one row of the file could be read.',
    hint: 'See the reject file for the reasons; most likely delimiter or header do not belong to the rows.',
    retry: 'hold',
  },
  FILE_UNREADABLE: {
    meaning: 'The operating system refuses to read or write the file.',
    hint: 'Check the permissions of the folder for the user that Changeover runs as.',
    retry: 'later',
  },
  ROW_RAGGED: {
    meaning: 'The row has more or fewer cells than the header.',
    hint: 'Correct the row in the source and export again.',
    retry: 'hold',
  },
  ROW_QUOTES: {
    meaning: 'The row holds a quote where none may stand.',
    hint: 'Correct the row in the source and export again.',
    retry: 'hold',
  },
  ROW_CELL_TOO_LARGE: {
    meaning: 'A cell of the row is longer than a cell may be.',
    hint: 'Shorten the value in the source, or raise the limit.',
    retry: 'hold',
  },
  ROW_NO_ID: {
    meaning: 'The row has no id.',
    hint: 'Give the record an id in the source and export again.',
    retry: 'hold',
  },
  ROW_DUPLICATE_ID: {
    meaning: 'The same id stands in more than one row of the file; none of these rows is believed.',
    hint: 'Correct the records in the source and export again.',
    retry: 'hold',
  },
  ROW_TOTALS: {
    meaning: 'The line is a sum of the report, not a record.',
    hint: 'Nothing to do; export without totals where possible.',
    retry: 'never',
  },
  ROW_PAGE_LINE: {
    meaning: 'The line is a page number or foot line of a report, not a record.',
    hint: 'Nothing to do; export without it where possible.',
    retry: 'never',
  },
  CELL_INVALID: {
    meaning: 'A cell does not have the format that its column was declared to have.',
    hint: 'Correct the value, or the format in the mapping.',
    retry: 'hold',
  },
  SOURCE_QUESTION_OPEN: {
    meaning: 'The source, or an object of it, is not read before a person answered a question about it.',
    hint: 'Look at `changeover review list` and answer with `changeover review answer <choice> <id>`; reading goes on by itself.',
    retry: 'hold',
  },
  EXPORT_NONE: {
    meaning: 'There is no complete export in the folder yet.',
    hint: 'Put an export into the folder.',
    retry: 'later',
  },
  EXPORT_UNKNOWN: {
    meaning:
      'The archive in the folder holds no file that the connector knows: a dump of another product, version or form.',
    hint: 'Name its files in the setting `files`, export as the connector’s README says, or take it out of the folder.',
    retry: 'hold',
  },
  EXPORT_INCOMPLETE: {
    meaning: 'The export is still being copied, or files that its manifest names are missing.',
    hint: 'Wait for the copy to end; if it has, compare the folder with its manifest.',
    retry: 'later',
  },
  EXPORT_CHANGED: {
    meaning: 'A file of the export changed while it was read; nothing of it was used.',
    hint: 'It is tried again by itself.',
    retry: 'later',
  },
  EXPORT_VANISHED: {
    meaning: 'The folder or file of the export is not there, or disappeared while it was read; nothing was moved.',
    hint: 'Make it or put it back, or check the mount; it is tried again by itself.',
    retry: 'later',
  },
  EXPORT_OLDER: {
    meaning: 'The newest export in the folder is older than the one read last.',
    hint: 'Put a newer export into the folder; older ones are never read, as they would undo changes.',
    retry: 'later',
  },
  EXPORT_CUT_OFF: {
    meaning:
      'The file ends in the middle of a row, without the line end that the export before had, or is shorter than its manifest says: the export was cut off.',
    hint: 'Export it again.',
    retry: 'hold',
  },
  EXPORT_DAMAGED: {
    meaning: 'The zip of the export cannot be opened, or a file differs from its checksum.',
    hint: 'Copy or export it again.',
    retry: 'hold',
  },
  EXPORT_MANIFEST_INVALID: {
    meaning: 'The manifest.json of the export cannot be understood.',
    hint: 'Correct it, or leave it out.',
    retry: 'hold',
  },
  EXPORT_UNSAFE_PATH: {
    meaning: 'A path leads outside the export.',
    hint: 'Do not use this export; find out who made it.',
    retry: 'never',
  },
  EXPORT_TOO_LARGE: {
    meaning: 'The export would unpack to more than is allowed.',
    hint: 'Raise the limit if the export really is that large.',
    retry: 'hold',
  },
  EXPORT_OBJECT_MISSING: {
    meaning: 'The export lacks the file of an object.',
    hint: 'Export it too, or answer in `changeover review` that it is not needed.',
    retry: 'hold',
  },
  EXPORT_OBJECT_TWICE: {
    meaning: 'More than one file of the export could be this object.',
    hint: 'Leave one of them out.',
    retry: 'hold',
  },
  EXPORT_COLUMN_MISSING: {
    meaning: 'The file lacks a column that is needed.',
    hint: 'Export it too, add its header to the aliases, or answer in `changeover review` that it is not needed.',
    retry: 'hold',
  },
  EXPORT_FILE_MISSING: {
    meaning: 'A record refers to a file that the export does not hold.',
    hint: 'Export it too.',
    retry: 'hold',
  },
  DOWNLOAD_NOT_ALLOWED: {
    meaning: 'A record names a file by an address that is not allowed: its origin, its form, or where it redirects to.',
    hint: 'Where the origin is yours, add it to `attachments.origins` in the settings of the source, then `changeover files retry`.',
    retry: 'hold',
  },
  DOWNLOAD_MISSING: {
    meaning: 'There is no file at the address that a record names.',
    hint: 'Put it there, or leave it: it stays listed. Then `changeover files retry`.',
    retry: 'hold',
  },
  DOWNLOAD_REFUSED: {
    meaning: 'The address of a file answers, but not with the file: most likely it wants somebody to sign in.',
    hint: 'Export the file into the folder of the export instead, or make the address open without a sign-in; then `changeover files retry`.',
    retry: 'hold',
  },
  DOWNLOAD_FAILED: {
    meaning: 'The address of a file could not give it at the moment.',
    hint: 'Nothing to do: it is tried again by itself.',
    retry: 'later',
  },
  WORK_FOLDER_FULL: {
    meaning: 'The disk of the work folder is full; nothing was moved.',
    hint: 'Free space: an export needs about twice its size. Reading goes on by itself.',
    retry: 'later',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
