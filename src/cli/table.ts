/** Rows as aligned columns, numbers to the right; for terminals and logs. Long cells are cut with an ellipsis. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  widest = 60,
): string {
  if (rows.length === 0) return '(none)';
  const cells = [headers, ...rows].map((row) => row.map((value) => cut(value === null ? '' : String(value), widest)));
  const widths = headers.map((_, column) => cells.reduce((most, row) => Math.max(most, (row[column] ?? '').length), 0));
  const right = headers.map((_, column) =>
    rows.every((row) => typeof row[column] === 'number' || row[column] === null),
  );
  return cells
    .map((row) =>
      row
        .map((value, column) =>
          right[column] === true ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cut(value: string, widest: number): string {
  // Control characters in customers' data must not move the terminal's cursor.
  const clean = value.replace(/\p{Cc}/gu, ' ');
  return clean.length <= widest ? clean : `${clean.slice(0, widest - 1)}…`;
}
