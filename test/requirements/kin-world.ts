import { SAMPLE_COLLECTIONS } from '../../sandbox/kinabase/sample/collections.ts';
import type { Data, Link, User } from '../../sandbox/kinabase/store/model.ts';
import type { RecordExtras, Workspace } from '../../sandbox/kinabase/store/workspace.ts';

export const AYSE = 'ayse@firm.example';
export const ayse = { id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE };
export const user: User = { id: 'U1', name: 'Ayşe Yılmaz', email: AYSE };
export const stranger: User = { id: 'U2', name: 'Lea Left', email: 'lea@firm.example' };

/** When some records were made, and changed since. */
export const TIMES = { createdAt: Date.UTC(2024, 1, 29, 8), updatedAt: Date.UTC(2025, 5, 30, 16, 30) };

/** A small firm in a Kinabase workspace; its records go by names. */
export class KinabaseFirm {
  readonly #workspace: Workspace;
  readonly #ids = new Map<string, string>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    for (const definition of SAMPLE_COLLECTIONS) workspace.define(definition);
    this.#people();
    this.#sales();
    this.#activities();
  }

  id(name: string): string {
    const found = this.#ids.get(name);
    if (found === undefined) throw new Error(`nothing is called ${name}`);
    return found;
  }

  to(name: string): Link {
    return { id: this.id(name) };
  }

  /** A record that the tests call by a name. */
  make(collection: string, name: string, data: Data, extras: RecordExtras = {}): void {
    this.#ids.set(name, this.#workspace.create(collection, data, extras).id);
  }

  #people(): void {
    this.make('companies', 'acme', {
      legalName: 'Acme  Ltd',
      domain: 'www.Acme.example',
      industry: 'Trade',
      employees: 15_400,
      city: 'London',
      tags: ['Key', 'Fair'],
      notes: '',
      parent: null,
      owner: user,
    });
    this.make('companies', 'branch', { legalName: 'Branch', parent: this.to('acme'), notes: 'Remember', owner: user });
    this.make('companies', 'circle', { legalName: 'Circle One', notes: 'Forget', owner: user });
    this.make('companies', 'circle-two', { legalName: 'Circle Two', parent: this.to('circle'), owner: user });
    this.#workspace.update('companies', this.id('circle'), { parent: this.to('circle-two') });
    this.make('teams', 'team', { name: 'Sales', lead: null });
    this.make('people', 'ann', {
      firstName: 'Ann',
      lastName: 'Archer',
      email: 'Ann@Acme.example',
      phone: '+44 20 7946 0001',
      jobTitle: 'Buyer',
      city: 'London',
      company: this.to('acme'),
      team: this.to('team'),
      lastContacted: '2026-03-01T09:00:00.000Z',
      newsletter: true,
      owner: user,
    });
    this.#workspace.update('teams', this.id('team'), { lead: this.to('ann') });
    this.make('people', 'eda', { firstName: 'Eda', lastName: 'Evans', email: null, owner: user }, TIMES);
    this.make('people', 'mute', {
      firstName: 'Mo',
      lastName: 'Mute',
      email: null,
      phone: '',
      newsletter: false,
      owner: stranger,
    });
  }

  #sales(): void {
    this.make(
      'deals',
      'big',
      {
        name: 'Big one',
        stage: 'Proposal',
        amount: 12_345.67,
        closeDate: '2026-12-31',
        company: this.to('acme'),
        contact: this.to('ann'),
        project: null,
        owner: user,
      },
      {
        lists: {
          calls: [
            { id: '1', data: { about: 'Price', minutes: 15, at: '2026-03-02T10:00:00.000Z' } },
            { id: '2', data: { about: 'Date', minutes: 5, at: '2026-03-03T10:00:00.000Z' } },
          ],
        },
      },
    );
    this.make('projects', 'bridge', {
      title: 'Bridge',
      stage: 'On hold',
      budget: 500,
      startsOn: '2026-02-01',
      deal: this.to('big'),
      members: [this.to('ann'), this.to('eda')],
      assignee: user,
    });
    this.#workspace.update('deals', this.id('big'), { project: this.to('bridge') });
    const yard = { name: 'Yard', company: this.to('acme'), area: 12.5, openedOn: '2020-01-01' };
    this.make('sites', 'site', yard, TIMES);
    this.make('contracts', 'contract', {
      number: 'C-1',
      company: this.to('acme'),
      deal: null,
      value: 100,
      signedOn: '2025-01-01',
      autoRenew: true,
    });
    this.make('assets', 'asset', {
      serial: '0042',
      site: this.to('site'),
      contract: this.to('contract'),
      replaces: null,
      condition: 'Worn',
    });
    this.make('tickets', 'ticket', {
      title: 'It broke',
      stage: 'Waiting',
      priority: 'High',
      person: this.to('ann'),
      asset: this.to('asset'),
      team: this.to('team'),
      owner: user,
    });
  }

  #activities(): void {
    this.make('tasks', 'offer', {
      title: 'Send offer',
      description: 'Line 1',
      status: 'open',
      due: '2026-04-01',
      record: this.to('big'),
      assignee: user,
    });
    this.make('tasks', 'done', {
      title: 'Call back',
      description: null,
      status: 'completed',
      due: null,
      record: this.to('ann'),
      assignee: user,
    });
    for (const name of ['bridge', 'ticket', 'asset', 'contract', 'site', 'team'])
      this.make('tasks', `on-${name}`, { title: `About the ${name}`, status: 'open', record: this.to(name) });
    this.make('interactions', 'demo', {
      subject: 'Demo',
      type: 'Meeting',
      date: '2026-03-04T09:00:00.000Z',
      durationMinutes: 45,
      place: 'İzmir',
      notes: 'Çok memnun 😀',
      person: this.to('ann'),
      deal: this.to('big'),
      owner: user,
    });
    this.make('documents', 'document', {
      name: 'Offer',
      url: 'https://files.example/offer.pdf',
      company: this.to('acme'),
      project: null,
      owner: user,
    });
    this.make('documents', 'plan', {
      name: 'Plan',
      url: 'https://files.example/plan.pdf',
      company: this.to('acme'),
      project: this.to('bridge'),
      owner: user,
    });
    this.#workspace.attach('documents', this.id('document'), { name: 'offer.txt', bytes: Buffer.from('An offer') });
    const comment = {
      id: 'comment-1',
      type: 'comment',
      content: 'They want a discount',
      timestamp: Date.UTC(2026, 2, 5, 10),
    };
    this.#workspace.addActivity('deals', this.id('big'), comment);
    this.#workspace.addActivity('projects', this.id('bridge'), { ...comment, id: 'comment-2' });
  }
}
