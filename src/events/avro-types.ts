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
/** Numbers whose double is a number too: Avro's zigzag form of a long doubles it. */
const HALF = 2 ** 52;

/** Avro's form of a long: zigzag, then seven bits a byte, the lowest first. */
function varintOf(value: number | bigint): Buffer {
  if (typeof value === 'bigint' || value >= HALF || value < -HALF) return bigVarintOf(BigInt(value));
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes = Buffer.allocUnsafe(8);
  let length = 0;
  for (; rest > 0x7f; length += 1) {
    bytes[length] = (rest & 0x7f) | 0x80;
    rest = rest > 0x7fffffff ? Math.floor(rest / 128) : rest >>> 7;
  }
  bytes[length] = rest;
  return bytes.subarray(0, length + 1);
}

function bigVarintOf(value: bigint): Buffer {
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

function longOf(varint: Buffer): number | bigint {
  if (varint.length > 7) return bigLongOf(varint);
  let folded = 0;
  for (let at = varint.length - 1; at >= 0; at -= 1) folded = folded * 128 + ((varint[at] ?? 0) & 0x7f);
  return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
}

function bigLongOf(varint: Buffer): number | bigint {
  let folded = 0n;
  for (const byte of varint.toReversed()) folded = (folded << 7n) | BigInt(byte & 0x7f);
  const value = (folded & 1n) === 0n ? folded >> 1n : -((folded + 1n) >> 1n);
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

/**
 * A long of which no digit is lost: a number up to 2^53, beyond that a bigint. avsc's own refuses what is larger, and
 * reads what lies between 2^52 and 2^53 wrongly without a word (its zigzag form does not fit a double).
 */
const exactLong = avro.types.LongType.__with(
  {
    fromBuffer: longOf,
    toBuffer: varintOf,
    fromJSON: (value: number | string) => bigLongOf(bigVarintOf(BigInt(value))),
    toJSON: (value: number | bigint) => (typeof value === 'number' ? value : value.toString()),
    isValid: (value: unknown) =>
      typeof value === 'bigint'
        ? value >= LOWEST && value <= HIGHEST
        : typeof value === 'number' && Number.isSafeInteger(value),
    compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
  },
  true,
);

const logicalTypes = { date: DateType, decimal: DecimalType };

/** The Avro type of a schema, with values as above. */
export function compile(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, {
    logicalTypes,
    omitRecordMethods: true,
    typeHook: (node) => (isLong(node) ? exactLong : undefined) as never,
  });
}

function isLong(node: avro.Schema): boolean {
  return node === 'long' || (typeof node === 'object' && 'type' in node && node.type === ('long' as string));
}
