/**
 * JSON as the state keeps it: keys sorted, so that equal values give equal text, and without loss of the bigints that
 * events may hold (longs above 2^53). A bigint stands as `{"$bigint":"123"}`; an object that happens to have this form
 * gets one more `$` in front, so that it comes back as it was.
 */
const TAG = '$bigint';
const TAG_LIKE = /^\$+bigint$/;

export function toJson(value: unknown): string {
  return write(value) ?? 'null';
}

/** What `toJson` wrote. The caller names the type that it gave to `toJson`. */
export function fromJson<Value>(text: string): Value {
  return (text.includes('$bigint"') ? JSON.parse(text, revive) : JSON.parse(text)) as Value;
}

/** The text of a value that may be absent. */
export function toJsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : toJson(value);
}

export function fromJsonOrNull<Value>(text: string | null): Value | null {
  return text === null ? null : fromJson<Value>(text);
}

/** Undefined where JSON has nothing for the value: such a member is left out, such an item becomes null. */
function write(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return `{"${TAG}":"${value}"}`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value) : writeObject(value);
    default:
      return undefined;
  }
}

function writeArray(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '' : ','}${write(item) ?? 'null'}`;
  return `[${text}]`;
}

function writeObject(value: object): string {
  const names = Object.keys(value).sort();
  const escaped = names.length === 1 && TAG_LIKE.test(names[0] ?? '');
  let text = '';
  for (const name of names) {
    const member = write((value as Record<string, unknown>)[name]);
    if (member !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(escaped ? `$${name}` : name)}:${member}`;
  }
  return `{${text}}`;
}

function revive(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const name = names[0];
  if (names.length !== 1 || name === undefined || !TAG_LIKE.test(name)) return value;
  const member = (value as Record<string, unknown>)[name];
  return name === TAG ? BigInt(String(member)) : { [name.slice(1)]: member };
}
