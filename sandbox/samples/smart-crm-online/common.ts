import type { SeededRandom } from './random.ts';
import { OWNERS, type SampleOwner, WAIVED_OWNER } from './words.ts';

/** Sizes of the first export. */
export const COUNTS = {
  company: 500,
  contact: 3000,
  deal: 1500,
  call: 2400,
  email: 2500,
  meeting: 1000,
  note: 2100,
} as const;

/** Minutes since 2022-01-01, Istanbul: nothing in the first export is younger. 2026-03-02 06:00, an hour before it was taken. */
export const LAST_MINUTE = 2_190_600;

const MEMBERS = OWNERS.filter(({ member }) => member);
const LEFT = OWNERS.find(({ member, listed }) => !member && listed) as SampleOwner;

/** Mostly members; some still stand under the one who left, few under the one nobody knows. */
export function ownerEmail(random: SeededRandom, unknown = 0.004): string {
  const draw = random.next();
  if (draw < unknown) return WAIVED_OWNER;
  return draw < unknown + 0.04 ? LEFT.email : random.pick(MEMBERS).email;
}

export function times(random: SeededRandom): { created: number; modified: number } {
  const created = random.integer(60, LAST_MINUTE - 60);
  return { created, modified: random.chance(0.4) ? created : random.integer(created, LAST_MINUTE) };
}
