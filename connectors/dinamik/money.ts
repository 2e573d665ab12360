/** Sums of amounts to the last digit: never in doubles. */

const AMOUNT = /^([+-]?)(\d*)(?:\.(\d*))?$/;
/** Digits after the point that are kept; a quantity times a price may have more than either. */
const SCALE = 10;

/** In units of the tenth digit after the point; null for what is no plain number. */
export function amount(value: unknown): bigint | null {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string') return null;
  const match = AMOUNT.exec(text.trim());
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (match === null || (whole === '' && fraction === '') || fraction.length > SCALE) return null;
  const units = BigInt(`${whole}${fraction.padEnd(SCALE, '0')}`);
  return sign === '-' ? -units : units;
}

export function times(a: bigint, b: bigint): bigint {
  return rounded(a * b, SCALE);
}

/** To so many digits after the point, halves away from zero, as invoices are rounded. */
export function toPlaces(units: bigint, places: number): bigint {
  const cut = SCALE - places;
  return rounded(units, cut) * 10n ** BigInt(cut);
}

function rounded(units: bigint, digits: number): bigint {
  const step = 10n ** BigInt(digits);
  const half = step / 2n;
  return units < 0n ? -((-units + half) / step) : (units + half) / step;
}

/** `1234.50`: two digits at least. */
export function textOfAmount(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '').padEnd(2, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -SCALE)}.${fraction}`;
}
