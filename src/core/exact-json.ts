/**
 * JSON without loss of digits: a whole number beyond 2^53 becomes a bigint, and a decimal that a double cannot hold stays
 * its text. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  return (JSON.parse as ExactParse)(text, (_name, value, context) => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    const { source } = context;
    if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
    return source.replace(/\D/g, '').length > 15 ? source : value;
  });
}

/** The reviver's third argument is younger than the type library. */
type ExactParse = (
  text: string,
  reviver: (name: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => unknown;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The digits of a number without an exponent, whatever its size. */
export function digitsOf(value: number | bigint): string {
  const text = String(value);
  if (typeof value === 'bigint' || !/e/i.test(text)) return text;
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(20).replace(/\.?0+$/, '');
}
