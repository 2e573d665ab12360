import avro from 'avsc';

/**
 * How Avro's types stand in our events: `date` is YYYY-MM-DD, `decimal` its digits as text, a long a number, or a bigint
 * beyond 2^53. The bytes are those of the Avro specification.
 */

const DAY = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** Days since 1970-01-01; null where the text is not a day of the calendar. */
export function daysOf(text: string): number | null {
  const parts = DATE.exec(text);
  if (parts === null) return null;
  const time = new Date(0);
  time.setUTCFullYear(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return time.toISOString().startsWith(`${text}T`) ? time.getTime() / DAY : null;
}

export function dateOf(days: number): string {
  return new Date(days * DAY).toISOString().slice(0, 10);
}

/**
 * The digits of a decimal as a whole number of its smallest unit: 12.3 at scale 2 is 1230. Null where the text is no
 * decimal, or has digits that do not fit: nothing is ever rounded.
 */
export function unscaled(text: string, precision: number, scale: number): bigint | null {
  const parts = DECIMAL.exec(text);
  if (parts === null) return null;
  const whole = parts[2] ?? '';
  const fraction = (parts[3] ?? '').replace(/0+$/, '');
  if (whole === '' && (parts[3] ?? '') === '') return null;
  if (fraction.length > scale) return null;
  const digits = `${whole}${fraction.padEnd(scale, '0')}`.replace(/^0+/, '');
  if (digits.length > precision) return null;
  const value = BigInt(digits === '' ? '0' : digits);
  return parts[1] === '-' ? -value : value;
}

/** The text of a decimal, always with as many digits after the point as its scale. */
export function decimalOf(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Two's complement, big endian, in as few bytes as hold it. */
export function bytesOf(value: bigint): Buffer {
  let size = 1;
  while (value < -(1n << BigInt(8 * size - 1)) || value >= 1n << BigInt(8 * size - 1)) size += 1;
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}

export function bigintOf(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
}

class DateType extends avro.types.LogicalType {
  override _fromValue(days: number): string {
    return dateOf(days);
  }

  override _toValue(value: unknown): number | undefined {
    return typeof value === 'string' ? (daysOf(value) ?? undefined) : undefined;
  }
}

class DecimalType extends avro.types.LogicalType {
  readonly #precision: number;
  readonly #scale: number;

  constructor(schema: avro.Schema, options?: unknown) {
    super(schema, options);
    const { precision, scale } = schema as unknown as { precision: number; scale?: number };
    this.#precision = precision;
    this.#scale = scale ?? 0;
  }

  override _fromValue(bytes: Buffer): string {
    return decimalOf(bigintOf(bytes), this.#scale);
  }

  override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'string') return undefined;
    const whole = unscaled(value, this.#precision, this.#scale);
    return whole === null ? undefined : bytesOf(whole);
  }
}

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

/** A long of which no digit is lost: a number up to 2^53, beyond that a bigint. */
const exactLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => plainest(bytes.readBigInt64LE()),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: number | string) => plainest(BigInt(value)),
  toJSON: (value: number | bigint) => (typeof value === 'number' ? value : value.toString()),
  isValid: (value: unknown) =>
    typeof value === 'bigint'
      ? value >= LOWEST && value <= HIGHEST
      : typeof value === 'number' && Number.isSafeInteger(value),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

function plainest(value: bigint): number | bigint {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

const logicalTypes = { date: DateType, decimal: DecimalType };

/**
 * The Avro type of a schema. Longs of the envelope are plain (they are times and counters, and this is quicker); those of
 * records within it, which come from the source, keep every digit.
 */
export function compile(schema: string): avro.Type {
  const root = JSON.parse(schema) as avro.Schema;
  return avro.Type.forSchema(root, {
    logicalTypes,
    omitRecordMethods: true,
    typeHook: (node, options) => {
      if (node === root || !isRecord(node)) return undefined as never;
      return avro.Type.forSchema(node, {
        ...options,
        typeHook: (inner) => (inner === 'long' ? exactLong : undefined) as never,
      });
    },
  });
}

function isRecord(node: avro.Schema): boolean {
  return typeof node === 'object' && 'type' in node && node.type === 'record';
}
