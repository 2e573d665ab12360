/** As JSON has it, for results: longs above 2^53 as their digits, bytes left out. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_name, member: unknown) =>
      typeof member === 'bigint' ? member.toString() : member instanceof Uint8Array ? null : member,
    ),
  );
}
