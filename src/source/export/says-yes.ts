const YES: ReadonlySet<string> = new Set(['yes', 'true', '1', 'y', 'evet', 'doğru', 'archived', 'arşiv', 'x']);

/** Whether a cell says yes, in English or Turkish. Case is folded the same way on every machine. */
export function saysYes(cell: string | null | undefined): boolean {
  return YES.has((cell ?? '').trim().replaceAll('İ', 'i').toLowerCase());
}
