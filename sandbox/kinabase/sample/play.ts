import type { Random } from '../../../src/core/ports.ts';
import type { StoredRecord } from '../store/model.ts';
import type { Workspace } from '../store/workspace.ts';
import { DEAL_STAGES } from './collections.ts';

/** What people do while the sync runs: one deed at a time, the same deeds from the same seed. */
export class Play {
  readonly #workspace: Workspace;
  readonly #random: Random;
  #deeds = 0;

  constructor(workspace: Workspace, random: Random) {
    this.#workspace = workspace;
    this.#random = random;
  }

  get deeds(): number {
    return this.#deeds;
  }

  /** Does the next thing; says what. */
  next(): string {
    const deed = DEEDS[this.#deeds % DEEDS.length];
    this.#deeds += 1;
    return deed === undefined ? '' : deed(this.#workspace, (collection) => this.#any(collection), this.#deeds);
  }

  #any(collection: string): StoredRecord {
    const records = this.#workspace.records(collection);
    const record = records[Math.floor(this.#random.next() * records.length)];
    if (record === undefined) throw new Error(`no record of ${collection} is left`);
    return record;
  }
}

type Deed = (workspace: Workspace, any: (collection: string) => StoredRecord, number: number) => string;

const DEEDS: readonly Deed[] = [
  (workspace, any, number) => {
    const { id } = any('people');
    workspace.update('people', id, { jobTitle: `Title ${number}` });
    return `person ${id} has another title`;
  },
  (workspace, any) => {
    const { id, data } = any('deals');
    const next =
      DEAL_STAGES[(DEAL_STAGES.indexOf(data.stage as (typeof DEAL_STAGES)[number]) + 1) % DEAL_STAGES.length];
    workspace.update('deals', id, { stage: next ?? 'New' });
    return `deal ${id} moved on`;
  },
  (workspace, any, number) => {
    const company = any('companies');
    const { id } = workspace.create('people', {
      firstName: 'New',
      lastName: `Person ${number}`,
      email: `new-${number}@played.example`,
      company: { id: company.id },
      owner: company.data.owner ?? null,
    });
    return `person ${id} is new`;
  },
  (workspace, any) => {
    const { id } = any('interactions');
    workspace.remove('interactions', id);
    return `interaction ${id} is deleted`;
  },
  (workspace, any) => {
    const { id } = any('tasks');
    workspace.update('tasks', id, { status: 'completed' });
    return `task ${id} is completed`;
  },
  (workspace, any, number) => {
    const { id } = any('deals');
    workspace.addActivity('deals', id, {
      type: 'comment',
      content: `Played ${number}`,
      timestamp: Date.UTC(2026, 2, 9),
    });
    return `deal ${id} has a comment`;
  },
];
