import { asChangeoverError } from '../../src/core/errors.ts';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  FieldDescription,
  ObjectDescription,
  Page,
  SourceDescription,
} from '../../src/source/connector.ts';
import { Notices } from '../../src/source/notices.ts';
import { ATTACHMENTS_FIELD, EmailAttachments } from './attachments.ts';
import { readAutomations } from './automations.ts';
import { readBundles } from './bundles.ts';
import { Client } from './client.ts';
import { fieldsOf } from './columns.ts';
import { Comparison } from './comparison.ts';
import { openFile } from './files.ts';
import { listOf, Metadata, type Table } from './metadata.ts';
import { partyFields } from './parties.ts';
import { describePipeline } from './pipeline.ts';
import { positionOf } from './position.ts';
import { Reader } from './reader.ts';
import { References } from './references.ts';
import { parseSettings, type Settings } from './settings.ts';
import { survey } from './survey.ts';
import { Targets } from './targets.ts';

export const CAPABILITIES: Capabilities = { deltas: 'change-tracking', deletes: true, files: true, pollMs: 15_000 };

/** The environment is asked for the version of its definitions no more often than this, milliseconds. */
const VERSION_EVERY_MS = 10_000;

/** How long changes are kept where the environment does not say (sources.md A3). */
const DOCUMENTED_DAYS = 7;

/** Reads an environment of Microsoft Dataverse: OPEX 365 CRM (OPX-1 to OPX-12). */
export class Dataverse implements Connector {
  readonly source: string;
  readonly capabilities = CAPABILITIES;
  readonly #context: ConnectorContext;
  readonly #settings: Settings;
  readonly #notices: Notices;
  readonly #client: Client;
  readonly #metadata: Metadata;
  readonly #references: References;
  readonly #reader: Reader;
  /** How long the environment keeps changes, milliseconds; null until it was asked. */
  #keptMs: number | null = null;
  #version: { readonly text: string; readonly at: number } | null = null;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#context = context;
    this.#settings = settings;
    const { clock, random, http, traffic } = context;
    const secret = (): string => context.secret?.(settings.clientSecret, 'the client secret of Dataverse') ?? '';
    this.#notices = new Notices(context.logger);
    this.#client = new Client({ http, clock, random, settings, secret, traffic, notices: this.#notices });
    this.#metadata = new Metadata(this.#client, settings);
    this.#references = new References(this.#client, this.#metadata, this.#notices);
    const { pageSize } = settings;
    const shared = { client: this.#client, metadata: this.#metadata, notices: this.#notices, pageSize };
    this.#reader = new Reader({
      attachments: new EmailAttachments({ ...shared, folder: context.workFolder }),
      client: this.#client,
      metadata: this.#metadata,
      references: this.#references,
      targets: new Targets(this.#client, this.#metadata, this.#notices),
      notices: this.#notices,
      comparison: new Comparison({
        settings,
        knownIds: context.knownIds?.bind(context) ?? none,
        answers: () => context.answers(),
      }),
      settings,
      clock,
      followed: (table) => {
        if (this.#keptMs !== null) traffic?.changesKept?.(table, clock.now() + this.#keptMs);
      },
      pageSize: settings.pageSize,
      parallel: settings.tableConcurrency,
    });
  }

  async describe(): Promise<SourceDescription> {
    this.#metadata.forget();
    const names = await this.#metadata.names();
    const notes: string[] = [];
    const objects: ObjectDescription[] = [];
    for (const name of names) objects.push(await this.#object(await this.#metadata.table(name), notes));
    for (const name of this.#settings.tables) {
      if (!names.includes(name)) notes.push(`The environment has no table ${name}: it is left out.`);
    }
    const opportunity = names.includes('opportunity') ? await this.#metadata.table('opportunity') : null;
    const left = (what: string, thrown: unknown): void => {
      notes.push(`Not known (${what}): ${asChangeoverError(thrown).message}`);
    };
    notes.push(...(await survey(this.#client, this.#metadata, left)));
    return {
      source: this.source,
      objects,
      owners: await this.#references.users(),
      pipelines: await describePipeline(this.#client, opportunity).catch((thrown: unknown) => {
        notes.push(`The pipeline could not be read: ${asChangeoverError(thrown).message}`);
        return [];
      }),
      automations: [
        ...(await readAutomations(this.#client, left)),
        ...(await readBundles(this.#client, this.#metadata, left)),
      ],
      questions: [],
      notes,
    };
  }

  async *snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    await this.#noticeChanges();
    yield* this.#reader.read(object, positionOf(resumeFrom), signal);
  }

  async *changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    await this.#noticeChanges();
    yield* this.#reader.read(object, positionOf(since), signal);
  }

  openFile(reference: string, signal: AbortSignal, size: number | null = null): Promise<AsyncIterable<Uint8Array>> {
    return openFile(this.#client, this.#metadata, reference, size, signal);
  }

  /** Who the environment takes us for, how long changes are kept, and what each table allows. */
  async probe(): Promise<readonly string[]> {
    const found: string[] = [];
    const me = await this.#client.get('WhoAmI');
    found.push(`Signed in as user ${String(me.UserId)} of organisation ${String(me.OrganizationId)}.`);
    const [organisation] = listOf(
      await this.#client.get('organizations?$select=expirechangetrackingindays,maxuploadfilesize'),
    );
    const days = organisation?.expirechangetrackingindays ?? DOCUMENTED_DAYS;
    found.push(`Changes are kept for ${String(days)} days: a longer pause means reading everything again.`);
    for (const name of await this.#metadata.names()) {
      const head = (await this.#metadata.heads()).get(name);
      if (head === undefined) continue;
      try {
        const prefer = head.tracked ? 'odata.track-changes,odata.maxpagesize=1' : 'odata.maxpagesize=1';
        await this.#client.page(this.#client.urlOf(`${head.entitySet}?$select=${head.primaryId}`), { prefer });
        found.push(`${name}: ${head.tracked ? 'change tracking' : 'by modified time, deletes by comparing ids'}.`);
      } catch (thrown) {
        const { code, message } = asChangeoverError(thrown);
        found.push(`${name}: cannot be read (${code}): ${message}`);
      }
    }
    return found;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #object(table: Table, notes: string[]): Promise<ObjectDescription> {
    const scope = new Set(await this.#metadata.names());
    const file = FILE_FIELDS[table.name] ?? [];
    const parties = table.activity ? partyFields(scope) : [];
    if (!table.tracked) notes.push(this.#notices.note('DATAVERSE_UNTRACKED', `${table.name} has no change tracking.`));
    for (const { name, unknownType } of table.columns) {
      if (unknownType === null) continue;
      notes.push(this.#notices.note('DATAVERSE_UNKNOWN_TYPE', `${table.name}.${name} is of the type ${unknownType}.`));
    }
    return {
      name: table.name,
      label: table.label,
      standard: !table.custom,
      fields: [...table.columns.flatMap(fieldsOf), ...parties, ...file],
      count: await this.#count(table, notes),
    };
  }

  /** Of at most 5,000: more is not counted by the service. A table that may not be read is said to be so, once. */
  async #count(table: Table, notes: string[]): Promise<number | null> {
    try {
      const page = await this.#client.get(`${table.entitySet}?$select=${table.primaryId}&$count=true`, {
        prefer: 'odata.maxpagesize=1',
      });
      const count = page['@odata.count'];
      return typeof count === 'number' && count < 5000 ? count : null;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.code !== 'DATAVERSE_PRIVILEGE') throw thrown;
      notes.push(
        `${table.name} may not be read by the application user; the other tables go on. (${error.code}) ${error.hint}`,
      );
      return null;
    }
  }

  /** Definitions that changed while we run are read again; a table whose columns changed is then read whole. */
  async #noticeChanges(): Promise<void> {
    const now = this.#context.clock.monotonic();
    if (this.#version !== null && now - this.#version.at < VERSION_EVERY_MS) return;
    const annotation = 'Microsoft.Dynamics.CRM.globalmetadataversion';
    const body = await this.#client.get('organizations?$select=expirechangetrackingindays', {
      prefer: `odata.include-annotations="${annotation}"`,
    });
    const days = listOf(body)[0]?.expirechangetrackingindays;
    this.#keptMs = (typeof days === 'number' ? days : DOCUMENTED_DAYS) * 86_400_000;
    const text = String(body[`@${annotation}`] ?? '');
    if (this.#version !== null && this.#version.text !== text) this.#metadata.forget();
    this.#version = { text, at: now };
  }
}

const FILE: FieldDescription = {
  name: 'file',
  label: 'File',
  type: { kind: 'string' },
  standard: true,
  required: false,
  profile: null,
  values: null,
  refersTo: [],
  proposal: null,
};

/** Fields that no column of the table is. */
const FILE_FIELDS: Readonly<Record<string, readonly FieldDescription[]>> = {
  annotation: [FILE],
  email: [ATTACHMENTS_FIELD],
};

async function* none(): AsyncIterable<string> {}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'dataverse',
): Connector {
  return new Dataverse(context, parseSettings(settings), source);
}
