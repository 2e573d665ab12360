import { csvText } from '../core/csv.ts';
import { MATRIX_COLUMNS, type MatrixRow } from './matrix.ts';

const TITLES: Record<(typeof MATRIX_COLUMNS)[number], string> = {
  object: 'Object',
  field: 'Field',
  type: 'Type',
  filled: 'Filled',
  target: 'Target in Twenty',
  conversion: 'Conversion',
  loss: 'Loss',
  recommendation: 'Recommendation',
  decision: 'Decision',
};

/** The matrix as CSV. */
export function matrixCsv(rows: readonly MatrixRow[]): string {
  const lines = [
    MATRIX_COLUMNS.map((column) => TITLES[column]),
    ...rows.map((row) => MATRIX_COLUMNS.map((column) => row[column])),
  ];
  return csvText(lines);
}

export function matrixMarkdown(rows: readonly MatrixRow[], title = 'Mapping matrix'): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
  return [
    `# ${markdownCell(title)}\n`,
    line(MATRIX_COLUMNS.map((column) => TITLES[column])),
    `|${MATRIX_COLUMNS.map(() => '---|').join('')}`,
    ...rows.map((row) => line(MATRIX_COLUMNS.map((column) => row[column]))),
    '',
  ].join('\n');
}

function markdownCell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\|`*_<>[\]]/g, '\\$&');
}

/** A page of its own: no script, nothing loaded from elsewhere. */
export function matrixHtml(rows: readonly MatrixRow[], title = 'Mapping matrix'): string {
  const cells = (row: MatrixRow): string => MATRIX_COLUMNS.map((column) => `<td>${html(row[column])}</td>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${html(title)}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #1b1f24; background: #fff; }
table { border-collapse: collapse; width: 100%; }
caption { font-size: 1.3rem; font-weight: 600; text-align: left; padding-bottom: .6rem; }
th, td { border: 1px solid #c9ced6; padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { background: #eef1f5; position: sticky; top: 0; }
tr.open td { background: #fff4d6; }
</style>
</head>
<body>
<table>
<caption>${html(title)}</caption>
<thead><tr>${MATRIX_COLUMNS.map((column) => `<th scope="col">${html(TITLES[column])}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr${isOpen(row) ? ' class="open"' : ''}>${cells(row)}</tr>`).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function isOpen(row: MatrixRow): boolean {
  return row.decision === 'undecided' || row.decision === 'not mapped';
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
