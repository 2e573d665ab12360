/** The sample's clock: what its README says of the account that it was exported from. */
const ZONE = 'Europe/Istanbul';
const MINUTE_MS = 60_000;

const OFFSET = new Intl.DateTimeFormat('en', { timeZone: ZONE, timeZoneName: 'longOffset' });

/** `31.12.2026 14:05` on the sample's clock, as the workspace holds times; null where there is none. */
export function instantOf(text: string): string | null {
  const [, day, month, year, hour, minute] = /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d)$/.exec(text) ?? [];
  if (day === undefined) return nothingBut(text);
  const asIfUtc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  // The offset holds at the instant, which takes the offset to be known: the second look is right also beside a change of it.
  const near = asIfUtc - offsetAt(asIfUtc);
  return new Date(asIfUtc - offsetAt(near)).toISOString();
}

/** `31.12.2026`, at noon of that day. */
export function noonOf(text: string): string | null {
  return text === '' ? null : instantOf(`${text} 12:00`);
}

/** `31.12.2026` as a day without a time. */
export function dayOf(text: string): string | null {
  const [, day, month, year] = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(text) ?? [];
  return day === undefined ? nothingBut(text) : `${year}-${month}-${day}`;
}

/** `2026-12-31T14:05:00+03:00`: says its offset itself. */
export function offsetTime(text: string): string | null {
  if (text === '') return null;
  if (!/(Z|[+-]\d\d:\d\d)$/.test(text)) throw new Error(`a time without its offset: ${text}`);
  return new Date(text).toISOString();
}

/** @throws where there is something that is no time: the sample has none, and it would be compared with nothing. */
function nothingBut(text: string): null {
  if (text !== '') throw new Error(`no time of the sample: ${text}`);
  return null;
}

function offsetAt(instant: number): number {
  const name = OFFSET.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}
