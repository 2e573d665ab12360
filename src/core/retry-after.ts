/** Milliseconds of a Retry-After: seconds, or a date by the answer's own clock (ours may be an hour off). */
export function retryAfterMs(header: string | undefined, answeredAt: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const seconds = Number(header.trim());
  if (header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const until = Date.parse(header);
  if (Number.isNaN(until)) return null;
  const from = Date.parse(answeredAt ?? '');
  return Math.max(0, until - (Number.isNaN(from) ? now : from));
}
