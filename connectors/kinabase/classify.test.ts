import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_COLLECTIONS } from '../../sandbox/kinabase/sample/collections.ts';
import { writeSample } from '../../sandbox/kinabase/sample/sample.ts';
import { sizesOf } from '../../sandbox/kinabase/sample/sizes.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Likeness } from '../../src/source/connector.ts';
import { classify, type FieldEvidence } from './classify.ts';
import { Follower } from './testing.ts';

/** What collections are taken for, how surely, and why. Nothing is confirmed by it: an operator does that. */

/** `sure`: name and content agree. `likely`: one of them says it. `own`: what Twenty has is less like it. */
const BANDS = { sure: [0.9, 0.99], likely: [0.5, 0.9], own: [0.5, 1] } as const;
type Band = keyof typeof BANDS;

function within(likeness: Likeness | undefined, band: Band): void {
  const [least, most] = BANDS[band];
  expect(likeness?.score).toBeGreaterThanOrEqual(least);
  expect(likeness?.score).toBeLessThanOrEqual(most);
}

const OWN = '';

const field = (name: string, samples: readonly string[] = [], what: Partial<FieldEvidence> = {}): FieldEvidence => ({
  name,
  samples,
  user: false,
  link: false,
  ...what,
});
const judge = (label: string, ...fields: readonly FieldEvidence[]): readonly Likeness[] =>
  classify({ name: label.toLowerCase().replaceAll(' ', '-'), label, fields });

describe('KIN-1 to KIN-3 the collections of a firm', () => {
  let sandbox: KinabaseSandbox;
  let follower: Follower;
  let likeness: ReadonlyMap<string, readonly Likeness[]>;

  beforeAll(async () => {
    const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
    sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), callsPerMinute: null });
    writeSample(sandbox.workspace, sizesOf(0.05));
    follower = new Follower(sandbox, clock);
    const { objects } = await follower.connector.describe();
    likeness = new Map(objects.map((object) => [object.name, object.likeness ?? []]));
  });

  afterAll(async () => {
    await follower.close();
    await sandbox.close();
  });

  const EXPECTED: readonly (readonly [string, string, string | null, Band])[] = [
    ['companies', 'company', null, 'sure'],
    ['people', 'person', null, 'sure'],
    ['teams', OWN, null, 'own'],
    ['deals', 'opportunity', null, 'sure'],
    ['projects', 'opportunity', null, 'sure'],
    ['tasks', 'task', 'Task', 'sure'],
    ['interactions', 'task', 'Meeting', 'sure'],
    ['documents', 'note', null, 'likely'],
    ['sites', OWN, null, 'own'],
    ['assets', OWN, null, 'own'],
    ['contracts', OWN, null, 'own'],
    ['tickets', OWN, null, 'own'],
  ];

  it('are all judged', () => {
    expect(EXPECTED.map(([name]) => name).sort()).toEqual(SAMPLE_COLLECTIONS.map(({ slug }) => slug).sort());
  });

  it.each(EXPECTED)('%s', (name, target, activity, band) => {
    const [best, ...rest] = likeness.get(name) ?? [];
    expect(best).toMatchObject({ target, activity });
    within(best, band);
    expect(best?.reasons.length).toBeGreaterThan(0);
    for (const other of rest) expect(other.score).toBeLessThan(best?.score ?? 0);
  });

  it('have all that they are like, best first, and can always be objects of their own', () => {
    for (const judged of likeness.values()) {
      expect(judged.map(({ score }) => score)).toEqual(judged.map(({ score }) => score).sort((a, b) => b - a));
      for (const { score } of judged) expect(score === 1 || (score > 0 && score < 1)).toBe(true);
    }
    for (const { slug } of SAMPLE_COLLECTIONS)
      expect(likeness.get(slug)?.filter(({ target }) => target === OWN)).toHaveLength(1);
  });
});

describe('KIN-1 to KIN-3 collections under other names', () => {
  const emails = ['ann@acme.example', 'bob@acme.example', 'eda@firm.example'];

  it.each([
    ['Kişiler', 'person'],
    ['Şirketler', 'company'],
    ['Fırsatlar', 'opportunity'],
    ['Projeler', 'opportunity'],
    ['Görevler', 'task'],
    ['Belgeler', 'note'],
  ])('a name alone (%s) says what it may be, and no more', (label, target) => {
    const [best] = judge(label);
    expect(best).toMatchObject({ target, score: 0.5, reasons: [`its name is ${label}`] });
  });

  it('contact-like by what they hold, under a name that tells nothing', () => {
    const [best] = judge('Alumni', field('firstName'), field('email', emails), field('phone'));
    expect(best?.target).toBe('person');
    within(best, 'likely');
    expect(best?.reasons).toEqual(['it has e-mail addresses', 'it has first and last names', 'it has phone numbers']);
  });

  it('company-like by what they hold', () => {
    const [best] = judge('Members', field('legalName'), field('website'), field('industry'), field('employees'));
    expect(best?.target).toBe('company');
    within(best, 'likely');
  });

  it('deal- or project-like by stage, amount and assigned user (KIN-2)', () => {
    for (const amount of ['amount', 'budget', 'contractValue']) {
      const [best] = judge('Works', field('stage'), field(amount), field('foreman', [], { user: true }));
      expect(best?.target).toBe('opportunity');
      within(best, 'likely');
      expect(best?.reasons).toEqual(['it has stages', 'it has amounts', 'somebody is assigned']);
    }
  });

  it('with a stage and somebody assigned, but no amount, are objects of their own', () => {
    const [best, second] = judge('Works', field('stage'), field('owner', [], { user: true }));
    expect(best).toMatchObject({ target: OWN, reasons: ['nothing of Twenty is like it'] });
    expect(second?.target).toBe('opportunity');
  });

  it.each(['Project members', 'Project documents', 'Projections'])('%s are no projects', (label) => {
    expect(judge(label, field('name')).find(({ target }) => target === 'opportunity')).toBeUndefined();
  });

  it('of nothing that Twenty has are objects of their own, for sure', () => {
    expect(judge('Vehicles', field('plate'), field('colour'))).toEqual([
      { target: OWN, activity: null, score: 1, reasons: ['nothing of Twenty is like it'] },
    ]);
  });

  it('with few values are not judged by those', () => {
    const few = judge('Things', field('contactAt', emails.slice(0, 2)));
    expect(few.find(({ target }) => target === 'person')).toBeUndefined();
    const enough = judge('Things', field('contactAt', emails));
    expect(enough.find(({ target }) => target === 'person')?.reasons).toEqual(['it has e-mail addresses']);
  });
});
