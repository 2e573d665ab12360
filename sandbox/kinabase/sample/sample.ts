import { seededRandom } from '../../../src/core/random.ts';
import {
  BRITISH_FIRM,
  BRITISH_FIRST,
  BRITISH_FORM,
  BRITISH_LAST,
  BRITISH_PLACES,
  DEAL_SUBJECTS,
  JOB_TITLES,
  OWNERS,
  PHRASES,
  TURKISH_FIRM,
  TURKISH_FIRST,
  TURKISH_FORM,
  TURKISH_LAST,
  TURKISH_PLACES,
} from '../../samples/smart-crm-online/words.ts';
import type { User } from '../store/model.ts';
import type { Workspace } from '../store/workspace.ts';
import { DEAL_STAGES, PROJECT_STAGES, SAMPLE_COLLECTIONS, TICKET_STAGES } from './collections.ts';
import { SIZES, type Sizes } from './sizes.ts';
import { Writing } from './writing.ts';

export const SAMPLE_SEED = 721;

type Ids = readonly string[];

/** Fills a workspace with an invented firm's four years in twelve collections, the same from the same seed. */
export function writeSample(workspace: Workspace, sizes: Sizes = SIZES, seed: number = SAMPLE_SEED): void {
  const random = seededRandom(seed);
  for (const definition of SAMPLE_COLLECTIONS) workspace.define({ ...definition, id: random.uuid() });
  const writing = new Writing(workspace, random, sizes);
  const users = OWNERS.map(
    ({ id, firstName, lastName, email }): User => ({ id, name: `${firstName} ${lastName}`, email }),
  );
  const owner = (): User => writing.pick(users);
  const companies = writeCompanies(writing, owner);
  const { people, teams } = writePeople(writing, owner, companies);
  const { deals, projects } = writeDeals(writing, owner, companies, people);
  writeActivities(writing, owner, { people, deals, projects, companies });
  writeField(writing, owner, { companies, people, teams, deals });
}

const many = (count: number, make: (at: number) => string): Ids => Array.from({ length: count }, (_, at) => make(at));

/** A forest with one firm that is its own parent. */
function writeCompanies(writing: Writing, owner: () => User): Ids {
  const ids: string[] = [];
  for (let at = 0; at < writing.sizes.companies; at += 1) {
    const turkish = writing.chance(0.5);
    const firm = turkish ? writing.pick(TURKISH_FIRM) : writing.pick(BRITISH_FIRM);
    const form = turkish ? writing.pick(TURKISH_FORM) : writing.pick(BRITISH_FORM);
    const place = turkish ? writing.pick(TURKISH_PLACES) : writing.pick(BRITISH_PLACES);
    ids.push(
      writing.record('companies', {
        legalName: `${firm} ${at + 1} ${form}`,
        domain: writing.chance(0.8) ? `firm-${at + 1}.example` : null,
        industry: writing.pick(['Trade', 'Textiles', 'Food', 'Machines', 'Software']),
        employees: writing.chance(0.7) ? writing.whole(1, 4_000) : null,
        city: place.city,
        parent: at > 20 && writing.chance(0.15) ? writing.link(ids) : null,
        tags: writing.chance(0.5) ? [writing.pick(['Key', 'Partner']), 'Fair'] : [],
        notes: writing.chance(0.3) ? writing.pick(PHRASES) : writing.chance(0.5) ? '' : null,
        owner: owner(),
      }),
    );
  }
  const [self = ''] = ids;
  writing.workspace.update('companies', self, { parent: { id: self } });
  return ids;
}

/** People are in teams, and teams have leaders: a circle. */
function writePeople(
  writing: Writing,
  owner: () => User,
  companies: Ids,
): { readonly people: Ids; readonly teams: Ids } {
  const teams = many(writing.sizes.teams, (at) => writing.record('teams', { name: `Team ${at + 1}`, lead: null }));
  const people = many(writing.sizes.people, (at) => {
    const turkish = writing.chance(0.5);
    const firstName = turkish ? writing.pick(TURKISH_FIRST) : writing.pick(BRITISH_FIRST);
    const lastName = turkish ? writing.pick(TURKISH_LAST) : writing.pick(BRITISH_LAST);
    return writing.record('people', {
      firstName,
      lastName,
      email: writing.chance(0.93) ? `person-${at + 1}@people.example` : null,
      phone: writing.chance(0.7) ? `+44 20 7946 ${String(writing.whole(0, 999)).padStart(4, '0')}` : '',
      jobTitle: writing.chance(0.6) ? writing.pick(JOB_TITLES) : null,
      city: writing.chance(0.5) ? 'London' : null,
      company: writing.perhaps(0.85, companies),
      team: writing.perhaps(0.3, teams),
      lastContacted: writing.chance(0.5) ? writing.moment() : null,
      newsletter: writing.chance(0.4),
      owner: owner(),
    });
  });
  for (const team of teams) writing.workspace.update('teams', team, { lead: writing.link(people) });
  return { people, teams };
}

/** A deal may have a project, and a project the deal it came of: a circle. */
function writeDeals(
  writing: Writing,
  owner: () => User,
  companies: Ids,
  people: Ids,
): { readonly deals: Ids; readonly projects: Ids } {
  const deals = many(writing.sizes.deals, () =>
    writing.record('deals', {
      name: writing.pick(DEAL_SUBJECTS),
      stage: writing.pick(DEAL_STAGES),
      amount: writing.chance(0.9) ? writing.whole(5, 90_000) + writing.whole(0, 99) / 100 : null,
      closeDate: writing.chance(0.8) ? writing.day() : null,
      company: writing.perhaps(0.9, companies),
      contact: writing.perhaps(0.8, people),
      project: null,
      owner: owner(),
    }),
  );
  const projects = many(writing.sizes.projects, (at) => {
    const deal = deals[at] ?? '';
    const project = writing.record('projects', {
      title: `Project ${at + 1}`,
      stage: writing.pick(PROJECT_STAGES),
      budget: writing.whole(1, 200) * 500,
      startsOn: writing.day(),
      deal: { id: deal },
      members: [writing.link(people), writing.link(people)],
      assignee: owner(),
    });
    if (writing.chance(0.7)) writing.workspace.update('deals', deal, { project: { id: project } });
    return project;
  });
  return { deals, projects };
}

interface Known {
  readonly people: Ids;
  readonly deals: Ids;
  readonly projects: Ids;
  readonly companies: Ids;
}

function writeActivities(writing: Writing, owner: () => User, { people, deals, projects, companies }: Known): void {
  many(writing.sizes.tasks, (at) => {
    const completed = writing.chance(0.6);
    return writing.record('tasks', {
      title: `Task ${at + 1}`,
      description: writing.chance(0.5) ? writing.pick(PHRASES) : null,
      status: completed ? 'completed' : 'open',
      due: writing.chance(0.8) ? writing.day() : null,
      record: writing.link(writing.pick([people, deals, companies])),
      assignee: owner(),
    });
  });
  many(writing.sizes.interactions, (at) =>
    writing.record('interactions', {
      subject: `${writing.pick(['Intro', 'Follow-up', 'Demo', 'Price'])} ${at + 1}`,
      type: writing.pick(['Call', 'Meeting', 'Email']),
      date: writing.moment(),
      durationMinutes: writing.whole(5, 120),
      place: writing.chance(0.3) ? 'İzmir' : null,
      notes: writing.pick(PHRASES),
      person: writing.link(people),
      deal: writing.perhaps(0.4, deals),
      owner: owner(),
    }),
  );
  many(writing.sizes.documents, (at) => {
    const document = writing.record('documents', {
      name: `Offer ${at + 1}`,
      url: `https://files.example/offer-${at + 1}.pdf`,
      company: writing.link(companies),
      project: writing.perhaps(0.5, projects),
      owner: owner(),
    });
    writing.workspace.attach('documents', document, {
      name: `offer-${at + 1}.txt`,
      bytes: Buffer.from(`Offer ${at + 1}: çok güzel\n`),
    });
    return document;
  });
  for (const deal of deals.slice(0, 60)) {
    const { updatedAt } = writing.workspace.record('deals', deal);
    const activity = { type: 'comment', content: writing.pick(PHRASES), timestamp: updatedAt - 60_000 };
    writing.workspace.addActivity('deals', deal, activity);
  }
}

interface Field {
  readonly companies: Ids;
  readonly people: Ids;
  readonly teams: Ids;
  readonly deals: Ids;
}

/** What the firm keeps beside its sales; an asset may be replaced by a later one. */
function writeField(writing: Writing, owner: () => User, { companies, people, teams, deals }: Field): void {
  const sites = many(writing.sizes.sites, (at) =>
    writing.record('sites', {
      name: `Site ${at + 1}`,
      company: writing.link(companies),
      area: writing.whole(10, 9_000) / 10,
      openedOn: writing.day(),
    }),
  );
  const contracts = many(writing.sizes.contracts, (at) =>
    writing.record('contracts', {
      number: `C-${1000 + at}`,
      company: writing.link(companies),
      deal: writing.perhaps(0.5, deals),
      value: writing.whole(1_000, 90_000),
      signedOn: writing.day(),
      autoRenew: writing.chance(0.5),
    }),
  );
  const assets: string[] = [];
  for (let at = 0; at < writing.sizes.assets; at += 1) {
    assets.push(
      writing.record('assets', {
        serial: `00${10_000 + at}`,
        site: writing.perhaps(0.9, sites),
        contract: writing.perhaps(0.4, contracts),
        replaces: at > 10 && writing.chance(0.1) ? writing.link(assets) : null,
        condition: writing.pick(['Good', 'Worn', 'Broken']),
      }),
    );
  }
  many(writing.sizes.tickets, (at) =>
    writing.record('tickets', {
      title: `Ticket ${at + 1}`,
      stage: writing.pick(TICKET_STAGES),
      priority: writing.pick(['Low', 'Normal', 'High']),
      person: writing.link(people),
      asset: writing.perhaps(0.6, assets),
      team: writing.link(teams),
      owner: owner(),
    }),
  );
}
