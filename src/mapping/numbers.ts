/** Decimal numbers as text: exact, whatever their size. */

const PLAIN = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/** `-1234.5` from `-1234.50`, `+007` …; null for anything else, exponents included. */
export function canonicalDecimal(text: string): string | null {
  const match = PLAIN.exec(text.trim().replace(/^([+-]?)\./, '$10.'));
  if (match === null) return null;
  const whole = (match[2] ?? '').replace(/^0+(?=\d)/, '');
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const digits = fraction === '' ? whole : `${whole}.${fraction}`;
  return match[1] === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** A JavaScript number as a canonical decimal; null where it is not finite. */
export function decimalOf(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  const text = String(value);
  return /e/i.test(text) ? canonicalDecimal(value.toFixed(20)) : canonicalDecimal(text);
}

/** The decimal times 10^`places`, as an integer; `exact` is false where digits were rounded away (half away from zero). */
export function scaled(decimal: string, places: number): { readonly integer: bigint; readonly exact: boolean } {
  const negative = decimal.startsWith('-');
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const kept = fraction.slice(0, places).padEnd(places, '0');
  const rest = fraction.slice(places);
  let integer = BigInt(whole + kept);
  if (rest !== '' && rest.charCodeAt(0) >= 53) integer += 1n;
  return { integer: negative ? -integer : integer, exact: /^0*$/.test(rest) };
}

/** The inverse of `scaled`. */
export function unscaled(integer: bigint, places: number): string {
  const negative = integer < 0n;
  const digits = (negative ? -integer : integer).toString().padStart(places + 1, '0');
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return canonicalDecimal(negative ? `-${text}` : text) ?? '0';
}

/**
 * A number as people write it, in plain form: an optional currency sign or code is not part of it. Without a decimal
 * mark named, only what cannot be misread is taken: `1,234` is refused; a point alone is a decimal point, as machines write it.
 */
export function readDecimal(text: string, mark: '.' | ',' | null): string | null {
  const squeezed = text
    .replace(/[\s\u00a0\u202f'’]/g, '')
    .replace(/^\((.*)\)$/, '-$1')
    .replace(/^([+-]?\d.*)-$/, '-$1')
    .replace('−', '-');
  if (mark !== null) {
    const group = mark === '.' ? ',' : '.';
    const [whole = '', fraction, ...more] = squeezed.split(mark);
    if (more.length > 0 || fraction?.includes(group) === true) return null;
    if (whole.includes(group) && !new RegExp(`^[+-]?\\d{1,3}(\\${group}\\d{3})+$`).test(whole)) return null;
    return canonicalDecimal(
      fraction === undefined ? whole.replaceAll(group, '') : `${whole.replaceAll(group, '')}.${fraction}`,
    );
  }
  if (!/[.,]/.test(squeezed)) return canonicalDecimal(squeezed);
  const last = Math.max(squeezed.lastIndexOf('.'), squeezed.lastIndexOf(','));
  const used = squeezed.charAt(last) === '.' ? '.' : ',';
  const both = squeezed.includes('.') && squeezed.includes(',');
  const times = squeezed.split(used).length - 1;
  if (both) return times === 1 ? readDecimal(squeezed, used) : null;
  if (times > 1) return readDecimal(squeezed, used === '.' ? ',' : '.');
  if (used === ',' && squeezed.length - last - 1 === 3) return null;
  return readDecimal(squeezed, used);
}
