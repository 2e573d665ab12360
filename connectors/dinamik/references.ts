import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type {
  AutomationDescription,
  OwnerDescription,
  PipelineDescription,
  StageDescription,
} from '../../src/source/connector.ts';
import type { Client } from './client.ts';
import { scalarText } from './details.ts';
import { allRows, type Lists } from './lists.ts';
import type { Settings } from './settings.ts';

interface Stage extends StageDescription {
  readonly id: string;
}

interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly stages: readonly Stage[];
}

const OUTCOMES: Readonly<Record<string, StageDescription['outcome']>> = { won: 'won', lost: 'lost', open: 'open' };

/** What rows name only by a number: users, stages and pipelines. Read once, and again after `forget`. */
export class References {
  readonly #client: Client;
  readonly #lists: Lists;
  readonly #settings: Settings;
  #users: Promise<ReadonlyMap<string, OwnerDescription>> | null = null;
  #pipelines: Promise<readonly Pipeline[]> | null = null;

  constructor(client: Client, lists: Lists, settings: Settings) {
    this.#client = client;
    this.#lists = lists;
    this.#settings = settings;
  }

  forget(): void {
    this.#users = null;
    this.#pipelines = null;
  }

  /** E-mail address, else name, else `#12`: as the record refers to its owner. */
  async user(id: unknown): Promise<string | null> {
    const text = scalarText(id);
    if (text === null || text === '0') return null;
    this.#users ??= this.#readUsers();
    let found = (await this.#users).get(text);
    if (found === undefined && !text.includes('@')) {
      // Somebody who came after the list was read.
      this.#users = this.#readUsers();
      found = (await this.#users).get(text);
    }
    return found?.reference ?? (text.includes('@') ? text : `#${text}`);
  }

  async owners(): Promise<readonly OwnerDescription[]> {
    this.#users ??= this.#readUsers();
    return [...(await this.#users).values()];
  }

  async stage(id: unknown): Promise<{ readonly pipeline: string; readonly stage: string } | null> {
    const text = scalarText(id);
    if (text === null) return null;
    const found = await this.#findStage(text);
    if (found !== null) return found;
    this.#pipelines = null;
    return this.#findStage(text);
  }

  async pipelines(): Promise<readonly PipelineDescription[]> {
    this.#pipelines ??= this.#readPipelines();
    return (await this.#pipelines).map(({ name, stages }) => ({
      name,
      stages: stages.map(({ id: _id, ...stage }) => stage),
    }));
  }

  /** Null where the account does not answer for its rules (DIN-13). */
  async automations(): Promise<readonly AutomationDescription[] | null> {
    const rows = await allRows(this.#client, this.#lists, 'Automation');
    return rows?.map(automationOf) ?? null;
  }

  async #findStage(id: string): Promise<{ readonly pipeline: string; readonly stage: string } | null> {
    this.#pipelines ??= this.#readPipelines();
    for (const { name, stages } of await this.#pipelines) {
      const stage = stages.find((one) => one.id === id);
      if (stage !== undefined) return { pipeline: name, stage: stage.name };
    }
    return null;
  }

  async #readUsers(): Promise<ReadonlyMap<string, OwnerDescription>> {
    const rows = (await allRows(this.#client, this.#lists, 'User')) ?? [];
    const users = new Map<string, OwnerDescription>();
    for (const row of rows) {
      const name = textOf(row.fullName) ?? textOf(row.name);
      const email = textOf(row.email);
      const id = String(row.id);
      users.set(id, { reference: email ?? name ?? `#${id}`, name, email, active: row.active !== false });
    }
    for (const [id, email] of Object.entries(this.#settings.users)) {
      users.set(id, { reference: email, name: null, email, active: true });
    }
    return users;
  }

  async #readPipelines(): Promise<readonly Pipeline[]> {
    const rows = (await allRows(this.#client, this.#lists, 'Pipeline')) ?? [];
    return rows.map((row) => ({
      id: String(row.id),
      name: textOf(row.name) ?? `Pipeline ${String(row.id)}`,
      stages: (Array.isArray(row.stages) ? row.stages.filter(isObject) : []).map(stageOf),
    }));
  }
}

function stageOf(row: JsonObject): Stage {
  const { order, probability } = row;
  return {
    id: String(row.id),
    name: textOf(row.name) ?? `Stage ${String(row.id)}`,
    order: typeof order === 'number' ? order : null,
    probability: typeof probability === 'number' ? probability : null,
    outcome: OUTCOMES[(textOf(row.type) ?? 'open').toLowerCase()] ?? null,
  };
}

function automationOf(row: JsonObject): AutomationDescription {
  const list = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.flatMap((one) => (typeof one === 'string' && one !== '' ? [one] : [])) : [];
  const module = textOf(row.module);
  return {
    name: textOf(row.name) ?? `Rule ${String(row.id)}`,
    kind: textOf(row.kind) ?? 'workflow',
    trigger: [module, textOf(row.trigger)].filter((one) => one !== null).join(': '),
    conditions: list(row.conditions),
    actions: list(row.actions),
    notifications: list(row.notifications),
    approvals: list(row.approvals),
  };
}
