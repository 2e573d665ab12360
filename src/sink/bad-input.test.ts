import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { SOURCE } from '../../test/support/sink-world.ts';
import { loadMapping } from '../mapping/compile.ts';
import type { Loss } from '../mapping/model.ts';
import { proposeMapping } from '../mapping/propose.ts';
import { column, described, standardWorkspace } from '../mapping/testing.ts';
import type { LossRow } from '../state/state.ts';

/** What no source should give, and some do, through intake and writer into the workspace. */

const MAPPING = `version: 1
source: crm
defaults: { timezone: Europe/London, maxText: 1000000 }
objects:
  contact:
    target: person
    fields:
      - { to: name.lastName, from: Name }
      - { to: jobTitle, from: Job, transform: [{ truncate: 500 }] }
      - { to: emails, from: Emails, transform: [emails], onInvalid: leave }
      - { to: phones, from: Phone, transform: [phones], onInvalid: { text: phoneAsWritten } }
      - { to: score, from: Score, transform: [integer], onInvalid: leave, create: { type: NUMBER, label: Score } }
      - { to: weight, from: Weight, transform: [number], onInvalid: hold, create: { type: NUMBER, label: Weight } }
      - { to: born, from: Born, transform: [date], onInvalid: leave, create: { type: DATE, label: Born } }
      - { to: seenAt, from: Seen, transform: [timestamp], onInvalid: hold, create: { type: DATE_TIME, label: Seen at } }
      - { to: budget, from: Budget, transform: [currency], onInvalid: leave, create: { type: CURRENCY, label: Budget } }
      - { to: level, from: Level, transform: [{ select: { unknown: hold } }], create: { type: SELECT, label: Level, options: [Gold, GOLD, Café, Cafe, 'Black, matt'] } }
  note:
    target: note
    fields:
      - { to: title, from: Title }
      - { to: bodyV2, from: Body, transform: [body] }
`;

const FIELDS = {
  contact: ['Name', 'Job', 'Emails', 'Phone', 'Score', 'Weight', 'Born', 'Seen', 'Budget', 'Level'],
  note: ['Title', 'Body'],
};

const LOSSES: readonly Loss['kind'][] = ['truncated', 'rounded', 'dropped', 'retyped', 'renamed'];

let log: LogWorld;
let round = 0;

beforeAll(async () => {
  log = await LogWorld.open(
    { mapping: loadMapping(MAPPING, 'mapping.yaml'), writer: { breaker: { window: 1000, limit: 1000 } } },
    FIELDS,
  );
  await log.startIntake();
});
afterAll(() => log.close());

interface Outcome {
  /** Class and, where there is one, the reason. */
  readonly stands: string;
  readonly losses: readonly {
    readonly field: string;
    readonly kind: string;
    readonly before: string;
    readonly after: string;
  }[];
  readonly row: Readonly<Record<string, unknown>> | undefined;
}

/** Sends these records among good ones, and proves that neither the good ones nor any call suffers from them. */
async function among(
  object: 'contact' | 'note',
  given: readonly Readonly<Record<string, string>>[],
): Promise<readonly Outcome[]> {
  const { world } = log;
  round += 1;
  const empty = Object.fromEntries(FIELDS[object].map((name) => [name, '']));
  const title = object === 'contact' ? 'Name' : 'Title';
  const events = (name: string, rows: readonly Readonly<Record<string, string>>[]) =>
    rows.map((row, index) => world.event(object, `${round}-${name}-${index}`, { ...empty, [title]: name, ...row }));
  const bad = events('bad', given);
  const good = events('good', [{}, {}, {}]);
  world.sandbox.clearCalls();
  await log.put(...good.slice(0, 2), ...bad, ...good.slice(2));
  await world.rest();
  const refused = world.sandbox.calls().filter(({ api, status }) => api !== 'metadata' && status >= 400);
  expect(refused.map(({ operation, status }) => `${operation} ${status}`)).toEqual([]);
  const target = object === 'contact' ? 'person' : 'note';
  const rows = new Map(world.rows(target).map((row) => [row.sourceKey, row]));
  return world.state.read(async (tx) => {
    const records = await tx.records.get([...good, ...bad].map(({ key }) => key));
    expect(good.map(({ key }) => records.get(key)?.class)).toEqual(good.map(() => 'applied'));
    expect(good.every(({ key }) => rows.has(key))).toBe(true);
    const losses: LossRow[] = [];
    for (const kind of LOSSES) losses.push(...(await tx.losses.list({ kind, source: SOURCE, object, limit: 10_000 })));
    return bad.map(({ key }): Outcome => {
      const record = records.get(key);
      const { reason = null } = record ?? {};
      return {
        stands: reason === null ? (record?.class ?? 'unknown') : `${record?.class} ${reason.code}: ${reason.message}`,
        losses: losses
          .filter((loss) => loss.key === key)
          .map(({ field, kind, before, after }) => ({ field, kind, before, after })),
        row: rows.get(key),
      };
    });
  });
}

describe('bad input is converted with a listed loss, or held with the reason, and fails no batch for the others', () => {
  it('values too long', async () => {
    const [outcome] = await among('contact', [{ Job: 'x'.repeat(2_000_000) }]);
    expect(outcome).toMatchObject({ stands: 'applied', losses: [{ field: 'jobTitle', kind: 'truncated' }] });
    expect(outcome?.row?.jobTitle).toBe('x'.repeat(500));
  });

  it('numbers out of range', async () => {
    const outcomes = await among('contact', [
      { Score: '99999999999999999999' },
      { Score: '9007199254740991' },
      { Weight: '1'.repeat(400) },
    ]);
    expect(outcomes[0]).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'score', kind: 'dropped', before: '99999999999999999999' }],
      row: { score: null },
    });
    expect(outcomes[1]).toMatchObject({ stands: 'applied', losses: [], row: { score: 9007199254740991 } });
    expect(outcomes[2]?.stands).toMatch(/^held SINK_QUESTION_OPEN: .*too large/);
  });

  it('dates before 1753 or after 9999', async () => {
    const outcomes = await among('contact', [
      { Born: '1752-12-31', Seen: '1066-10-14T09:00:00Z' },
      { Born: '0001-01-01' },
      { Born: '10000-01-01' },
      { Seen: '+010000-01-01T00:00:00Z' },
    ]);
    expect(outcomes[0]).toMatchObject({ stands: 'applied', losses: [] });
    expect(String(outcomes[0]?.row?.born)).toMatch(/^1752-12-31/);
    expect(String(outcomes[0]?.row?.seenAt)).toMatch(/^1066-10-14T09:00:00/);
    expect(outcomes[1]?.stands).toBe('applied');
    expect(String(outcomes[1]?.row?.born)).toMatch(/^0001-01-01/);
    expect(outcomes[2]).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'born', kind: 'dropped', before: '10000-01-01' }],
      row: { born: null },
    });
    expect(outcomes[3]?.stands).toMatch(/^held SINK_QUESTION_OPEN: .*\+010000-01-01/);
  });

  it('lone surrogates', async () => {
    const outcomes = await among('contact', [{ Job: 'half \ud83d gone' }, { Job: 'whole \ud83d\ude00 stays' }]);
    expect(outcomes[0]?.stands).toBe('applied');
    expect(outcomes[0]?.losses).toHaveLength(1);
    expect(String(outcomes[0]?.row?.jobTitle)).toMatch(/^half .*gone$/u);
    expect(outcomes[1]).toMatchObject({ stands: 'applied', losses: [], row: { jobTitle: 'whole \ud83d\ude00 stays' } });
  });

  it('NUL', async () => {
    const [outcome] = await among('contact', [{ Job: 'a\u0000b' }]);
    expect(outcome).toMatchObject({ stands: 'applied', losses: [{ field: 'jobTitle' }], row: { jobTitle: 'ab' } });
  });

  it('control characters', async () => {
    const [outcome] = await among('contact', [{ Job: 'a\u0007b\u001bc\u007fd\te' }]);
    expect(outcome).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'jobTitle' }],
      row: { jobTitle: 'abcd\te' },
    });
  });

  it('notes of 1 MB', async () => {
    const long = 'All work and no play. '.repeat(47_000);
    const outcomes = await among(
      'note',
      Array.from({ length: 10 }, (_, index) => ({ Title: `Long ${index}`, Body: long })),
    );
    for (const { stands, losses, row } of outcomes) {
      expect(stands).toBe('applied');
      expect(losses).toMatchObject([{ field: 'bodyV2', kind: 'truncated' }]);
      expect(JSON.stringify(row?.bodyV2).length).toBeGreaterThan(990_000);
    }
  }, 120_000);

  it('HTML in notes', async () => {
    const [outcome] = await among('note', [{ Body: '<b>Bold</b> <script>alert(1)</script> 1 < 2' }]);
    expect(outcome?.stands).toBe('applied');
    expect((outcome?.row?.bodyV2 as { markdown?: string } | undefined)?.markdown).toBe(
      '\\<b>Bold\\</b> \\<script>alert(1)\\</script> 1 < 2',
    );
  });

  it('lists of e-mail addresses in one cell', async () => {
    const [outcome] = await among('contact', [{ Emails: 'Ada@Example.com; b@example.com, ada@example.com, nonsense' }]);
    expect(outcome).toMatchObject({
      stands: 'applied',
      losses: [
        { field: 'emails', kind: 'dropped', before: 'nonsense' },
        // The workspace takes one.
        { field: 'emails', kind: 'dropped', before: 'b@example.com' },
      ],
      row: { emails: { primaryEmail: 'ada@example.com' } },
    });
  });

  it('phone numbers without a country', async () => {
    const [outcome] = await among('contact', [{ Phone: '020 7123 4567' }]);
    expect(outcome).toMatchObject({
      stands: 'applied',
      losses: [{ kind: 'retyped', before: '020 7123 4567' }],
      row: { phoneAsWritten: '020 7123 4567' },
    });
  });

  it('unknown currencies', async () => {
    const outcomes = await among('contact', [{ Budget: '100 XQZ' }, { Budget: '100' }, { Budget: '100 DEM' }]);
    expect(outcomes[0]).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'budget', kind: 'dropped' }],
    });
    expect(outcomes[1]).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'budget', kind: 'dropped', before: '100' }],
    });
    expect(outcomes[2]).toMatchObject({ stands: 'applied', losses: [], row: { budget: { currencyCode: 'DEM' } } });
  });

  it('options that differ by case or accent', async () => {
    const outcomes = await among(
      'contact',
      ['Gold', 'GOLD', 'Café', 'Cafe', 'gold', 'Càfe'].map((Level) => ({ Level })),
    );
    const written = outcomes.slice(0, 4).map(({ row }) => row?.level);
    expect(new Set(written).size).toBe(4);
    expect(outcomes.slice(0, 4).map(({ stands, losses }) => [stands, losses])).toEqual(
      written.map(() => ['applied', []]),
    );
    // Two may be meant, or none: nobody guesses.
    for (const { stands } of outcomes.slice(4)) expect(stands).toMatch(/^held SINK_QUESTION_OPEN: .*level/);
  });

  it('labels with commas', async () => {
    const [outcome] = await among('contact', [{ Level: 'Black, matt' }]);
    expect(outcome).toMatchObject({
      stands: 'applied',
      losses: [{ field: 'level', kind: 'renamed', before: 'Black, matt' }],
    });
    const option = log.world.client
      .workspace()
      .objects.get('person')
      ?.fields.get('level')
      ?.options?.find(({ value }) => value === outcome?.row?.level);
    expect(option?.label).not.toContain(',');
  });
});

describe('bad names are made into good ones, and every value finds its field', () => {
  const RESERVED = ['Type', 'Event', 'Currency', 'Object', 'Workspace'];
  const ALIKE = ['Lead Code', 'Lead code!', 'lead-code', 'Lëad Cöde'];
  const MANY = Array.from({ length: 300 }, (_, index) => `Custom ${index}`);

  it('names that are reserved words, fields that become the same name, and 300 custom fields on one object', async () => {
    const names = ['Contact Name', ...RESERVED, ...ALIKE, ...MANY];
    const source = described({
      contact: names.map((name) => column(name, { standard: false, profile: { rows: 9, filled: 9, longest: 9 } })),
    });
    const mapping = loadMapping(proposeMapping(source, standardWorkspace()).text, 'proposed');
    const wide = await LogWorld.open({ mapping }, { contact: names });
    try {
      await wide.startIntake();
      const { world } = wide;
      const values = Object.fromEntries(names.map((name, index) => [name, `value ${index}`]));
      await wide.put(world.event('contact', '1', values), world.event('contact', '2', { ...values, Type: 'other' }));
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'contact/2': 'applied' });
      const row = world.rows('person').find(({ sourceKey }) => sourceKey === 'crm/contact/1');
      const stored = new Set(Object.values(row ?? {}).filter((value) => typeof value === 'string'));
      const lost = names.slice(1).filter((name) => !stored.has(String(values[name])));
      expect(lost).toEqual([]);
      for (const name of RESERVED) expect(row).not.toHaveProperty(name.toLowerCase());
    } finally {
      await wide.close();
    }
  }, 180_000);
});
