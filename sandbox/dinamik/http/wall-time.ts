/** Writes instants as a .NET server in the account's zone does: `2026-03-04T08:30:00`, and no word about the zone. */
export class WallTime {
  readonly #format: Intl.DateTimeFormat;

  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
  }

  of(instant: number): string {
    const thousandths = ((instant % 1000) + 1000) % 1000;
    const text = this.#format.format(instant).replace(' ', 'T');
    return thousandths === 0 ? text : `${text}.${String(thousandths).padStart(3, '0')}`;
  }
}
