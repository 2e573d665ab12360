import type { Likeness } from '../../src/source/connector.ts';
import { foldName } from './names.ts';

/** What is known of a collection when its kind is judged. */
export interface Evidence {
  readonly name: string;
  readonly label: string;
  readonly fields: readonly FieldEvidence[];
}

export interface FieldEvidence {
  readonly name: string;
  /** Some of its values, as text. */
  readonly samples: readonly string[];
  readonly user: boolean;
  readonly link: boolean;
}

interface Sign {
  readonly weight: number;
  readonly reason: string;
  readonly seen: (evidence: Evidence) => boolean;
}

type Kind = Pick<Likeness, 'target' | 'activity'> & { readonly name: RegExp; readonly signs: readonly Sign[] };

/** A name alone is strong, and not enough to be sure. */
const NAME_WEIGHT = 0.5;
/** Below this nothing of Twenty is like it. */
const LIKE_ENOUGH = 0.5;
/** A share of values that must look as said. */
const MOST = 0.8;

const named =
  (...words: readonly string[]) =>
  ({ fields }: Evidence): boolean =>
    fields.some(({ name }) => words.some((word) => foldName(name) === word || foldName(name).endsWith(word)));

const holding =
  (pattern: RegExp) =>
  ({ fields }: Evidence): boolean =>
    fields.some(({ samples }) => {
      const filled = samples.filter((value) => value !== '');
      return filled.length >= 3 && filled.filter((value) => pattern.test(value)).length >= MOST * filled.length;
    });

const sign = (weight: number, reason: string, ...seen: readonly ((evidence: Evidence) => boolean)[]): Sign => ({
  weight,
  reason,
  seen: (evidence) => seen.some((one) => one(evidence)),
});

const assigned = sign(0.1, 'somebody is assigned', named('owner', 'assignee', 'assigned', 'assignedto'), ({ fields }) =>
  fields.some(({ user }) => user),
);

const KINDS: readonly Kind[] = [
  {
    target: 'person',
    activity: null,
    name: /^(people|person|contact|lead|client|candidate|kisi|musteri)/,
    signs: [
      sign(0.25, 'it has e-mail addresses', named('email', 'mail'), holding(/^[^@\s]+@[^@\s]+\.[^@\s]+$/)),
      sign(0.2, 'it has first and last names', named('firstname', 'lastname', 'surname', 'fullname')),
      sign(0.1, 'it has phone numbers', named('phone', 'mobile', 'telephone')),
      sign(0.1, 'it has job titles', named('jobtitle', 'position', 'role')),
      sign(0.05, 'it has addresses', named('address', 'street', 'city', 'postcode')),
    ],
  },
  {
    target: 'company',
    activity: null,
    name: /^(compan|account|organi[sz]ation|firm|supplier|customer|sirket)/,
    signs: [
      sign(0.2, 'it has legal names', named('legalname', 'companyname')),
      sign(0.2, 'it has web sites', named('domain', 'website'), holding(/^(https?:\/\/)?[\w-]+(\.[\w-]+)+\/?$/)),
      sign(0.15, 'it has industries', named('industry', 'sector')),
      sign(0.15, 'it has numbers of employees', named('employees', 'headcount')),
      sign(0.05, 'it has addresses', named('address', 'street', 'city', 'postcode')),
    ],
  },
  {
    target: 'opportunity',
    activity: null,
    // KIN-2: projects, too; not what belongs to one, such as its members.
    name: /^(deal|opportunit|sale|pipeline|f[iı]rsat|projects?$|proje(ler)?$)/,
    signs: [
      sign(0.25, 'it has stages', named('stage', 'phase')),
      sign(0.2, 'it has amounts', named('amount', 'value', 'price', 'budget')),
      assigned,
      sign(0.1, 'it has close dates', named('closedate', 'expectedclose', 'closingdate')),
    ],
  },
  {
    target: 'task',
    activity: 'Task',
    name: /^(task|todo|gorev)/,
    signs: [
      sign(0.25, 'it has due dates', named('due', 'duedate', 'deadline')),
      sign(
        0.2,
        'it is open or completed',
        holding(/^(open|done|completed?|in progress|to ?do)$/i),
        named('completed', 'done'),
      ),
      assigned,
    ],
  },
  {
    target: 'task',
    activity: 'Meeting',
    name: /^(interaction|activit|call|meeting|touchpoint|visit|gorusme)/,
    signs: [
      sign(0.2, 'it says when it took place', named('date', 'time', 'occurred', 'happened', 'happenedat', 'startsat')),
      sign(0.15, 'it has durations', named('duration', 'minutes')),
      sign(0.1, 'it has places', named('place', 'location')),
      sign(0.15, 'it has kinds', holding(/^(call|meeting|e-?mail|visit)$/i)),
    ],
  },
  {
    target: 'note',
    activity: null,
    name: /^(note|comment|document|file|attachment|belge)/,
    signs: [
      sign(0.2, 'it has texts', named('body', 'content', 'notes', 'text')),
      sign(0.2, 'it has files or addresses of files', named('files', 'filenames', 'url', 'file')),
    ],
  },
];

/** What a collection is most like, best first, each with a score and what speaks for it (KIN-1 to KIN-3). */
export function classify(evidence: Evidence): readonly Likeness[] {
  const judged = KINDS.map(({ target, activity, name, signs }): Likeness => {
    const byName = [evidence.name, evidence.label].some((text) => name.test(foldName(text)));
    const found = signs.filter(({ seen }) => seen(evidence));
    const score = (byName ? NAME_WEIGHT : 0) + found.reduce((sum, { weight }) => sum + weight, 0);
    return {
      target,
      activity,
      score: round(Math.min(0.99, score)),
      reasons: [...(byName ? [`its name is ${evidence.label}`] : []), ...found.map(({ reason }) => reason)],
    };
  });
  const best = Math.max(...judged.map(({ score }) => score));
  const own: Likeness = {
    target: '',
    activity: null,
    score: round(Math.max(0, 1 - best) < LIKE_ENOUGH ? 1 - best : Math.max(LIKE_ENOUGH, 1 - best)),
    reasons: [best < LIKE_ENOUGH ? 'nothing of Twenty is like it' : 'it can always be an object of its own'],
  };
  return [...judged.filter(({ score }) => score > 0), own].sort((a, b) => b.score - a.score);
}

const round = (score: number): number => Math.round(score * 100) / 100;
