import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { NO_LIMITS, type SandboxMember, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { healthOf } from '../../src/app/health.ts';
import { readMappingOf } from '../../src/app/mappings.ts';
import { runOperation } from '../../src/app/operation.ts';
import { discover } from '../../src/app/operations/discover.ts';
import { inventoryRead } from '../../src/app/operations/inventory.ts';
import { mapConfirm } from '../../src/app/operations/mapping.ts';
import {
  applyConfiguredOwners,
  type DecisionInput,
  ownersDecide,
  ownersList,
} from '../../src/app/operations/owners.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { recordsList } from '../../src/app/operations/records.ts';
import { reviewAnswer } from '../../src/app/operations/reviews.ts';
import { Pipeline } from '../../src/app/pipeline.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { ALL_ROLES } from '../../src/app/roles.ts';
import type { Unread } from '../../src/app/source-loop.ts';
import { openSource } from '../../src/app/source-unit.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import type { SimulatedClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { HttpRequest } from '../../src/core/ports.ts';
import type { InventoriedAutomation } from '../../src/inventory/automation-file.ts';
import type { SourceDescription, SourcePace } from '../../src/source/connector.ts';
import type { RecordRow, ReviewRow } from '../../src/state/state.ts';

/** A row of the simulated workspace, as REST shows it. */
export type TwentyRow = Readonly<Record<string, unknown>> & { readonly id: string };

export interface DeploymentOptions {
  readonly connector: string;
  readonly members: readonly SandboxMember[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Secrets of a live source, by environment variable. Such a source has no drop folder. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly owners?: {
    readonly substitutes?: Readonly<Record<string, string>>;
    readonly waived?: readonly string[];
    readonly inactive?: 'kept' | { readonly reassignedTo: string };
  };
  /** The mapping to start from, and choices that differ from it. */
  readonly mapping: string;
  readonly choices?: Readonly<Record<string, string>>;
  /** Anything else that differs from it. */
  readonly amend?: (mapping: Document) => void;
  /** Left out: the machine's. */
  readonly clock?: SimulatedClock;
  /** What the workspace allows; without it there is no limit. */
  readonly callsPerMinute?: number;
  /** Does something in the workspace before anything else happens there. */
  readonly before?: (sandbox: TwentySandbox) => void;
}

const SOURCE = 'crm';

/** A whole deployment on one machine: a drop folder, the real program, and a simulated workspace on loopback. */
export class Deployment {
  readonly folder: string;
  readonly sandbox: TwentySandbox;
  readonly app: Application;
  readonly #environment: Readonly<Record<string, string>>;
  #stop = new AbortController();
  #pipeline: Pipeline | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    sandbox: TwentySandbox,
    app: Application,
    environment: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.app = app;
    this.#environment = environment;
  }

  static async open(options: DeploymentOptions): Promise<Deployment> {
    const folder = await mkdtemp(join(tmpdir(), 'requirement-'));
    await mkdir(join(folder, 'exports'));
    const { callsPerMinute } = options;
    const limits =
      callsPerMinute === undefined ? NO_LIMITS : { short: null, long: { tokens: callsPerMinute, windowMs: 60_000 } };
    const sandbox = await startTwentySandbox({ members: options.members, limits });
    options.before?.(sandbox);
    const mapping = parseDocument(await readFile(options.mapping, 'utf8'));
    for (const [choice, value] of Object.entries(options.choices ?? {}))
      mapping.setIn(['choices', choice, 'value'], value);
    options.amend?.(mapping);
    await writeFile(join(folder, 'mapping.yaml'), mapping.toString());
    const file = join(folder, 'changeover.yaml');
    const written = JSON.stringify({
      twenty: { url: sandbox.url, callsPerMinute: callsPerMinute ?? 1_000_000 },
      sources: [
        {
          name: SOURCE,
          connector: options.connector,
          mapping: 'mapping.yaml',
          settings: { ...(options.secrets === undefined ? { folder: 'exports' } : {}), ...options.settings },
          owners: options.owners ?? {},
        },
      ],
    });
    await writeFile(file, written);
    const configuration = parseConfiguration(written, 'changeover.yaml', {});
    const environment = { TWENTY_API_KEY: sandbox.token, ...options.secrets };
    const real = systemPorts(silentLogger(), environment);
    const { clock } = options;
    // Simulated time stands still while a call is under way.
    const ports =
      clock === undefined
        ? real
        : {
            ...real,
            clock,
            http: { ...real.http, send: (request: HttpRequest) => clock.busy(() => real.http.send(request)) },
          };
    const app = await Application.open({ configuration, folder, file }, ports, 'write');
    return new Deployment(folder, sandbox, app, environment);
  }

  get drop(): string {
    return join(this.folder, 'exports');
  }

  /** What a command that only reads prints, word by word, as a person would call it. @throws what it says where it fails. */
  async command(...argv: readonly string[]): Promise<string> {
    const out: string[] = [];
    const said: string[] = [];
    const code = await runCommandLine([...argv, '--config', join(this.folder, 'changeover.yaml')], {
      environment: this.#environment,
      terminal: false,
      ask: null,
      out: (text) => void out.push(text),
      say: (line) => void said.push(line),
      makeLogger: silentLogger,
      onSignal: () => () => undefined,
      exitNow: () => undefined,
    });
    if (code !== 0) throw new Error(said.join('\n'));
    return out.join('');
  }

  /** Provisions the workspace and confirms the mapping as it stands. */
  async prepare(): Promise<void> {
    await runOperation(provisionApply, { app: this.app, daemon: null }, {});
    await this.confirm();
  }

  /** Confirms the mapping as it stands, whatever a check would say. */
  async confirm(): Promise<void> {
    const [configuration] = this.app.loaded.configuration.sources;
    if (configuration === undefined) throw new Error('no source');
    const unit = await openSource(this.app, configuration);
    const { compiled, text } = readMappingOf(unit);
    await this.app.state.transaction((tx) =>
      tx.mappings.confirm({
        source: SOURCE,
        hash: compiled.hash,
        text,
        confirmedBy: 'a test',
        confirmedAt: this.app.ports.clock.now(),
      }),
    );
    await unit.connector.close();
  }

  /** Reads what is in the drop folder and writes until nothing is left to do. */
  async settle(): Promise<void> {
    if (this.#pipeline === null) {
      await applyConfiguredOwners({ app: this.app, daemon: null });
      this.#pipeline = await Pipeline.open(this.app, ALL_ROLES);
      await this.#pipeline.start();
      this.#writing = this.#pipeline.run(this.#stop.signal);
    }
    await this.#pipeline.settle(this.#stop.signal);
  }

  /** What the last look at the source could not read. */
  unread(): readonly Unread[] {
    return this.#pipeline?.unread() ?? [];
  }

  /** What stopped is tried at the next look, as `changeover poll` has it. */
  mended(): void {
    this.#pipeline?.lanes[0]?.loop?.runner.nudge();
  }

  /** Everything that keeps records from moving, as the daemon's readiness names it. */
  async waiting(): Promise<readonly string[]> {
    if (this.#pipeline === null) throw new Error('nothing was started');
    return (await healthOf(this.app, this.#pipeline, this.#stop.signal)).waiting;
  }

  /** What the daemon's metrics say. */
  metrics(): Promise<string> {
    return this.app.metrics.text();
  }

  /** Polls the source, as the daemon does, until the signal. After `settle`. */
  async poll(signal: AbortSignal): Promise<void> {
    await this.#pipeline?.poll(signal);
  }

  /** Changes the mapping, provisions and confirms it, and starts the program anew, as whoever changes a mapping does. */
  async remap(amend: (mapping: Document) => void): Promise<void> {
    await this.#halt();
    const file = join(this.folder, 'mapping.yaml');
    const mapping = parseDocument(await readFile(file, 'utf8'));
    amend(mapping);
    await writeFile(file, mapping.toString());
    await runOperation(provisionApply, { app: this.app, daemon: null }, {});
    await runOperation(mapConfirm, { app: this.app, daemon: null }, { source: SOURCE, by: 'a test' });
  }

  /** Looks who is a member by now, as the daemon does every so often. */
  async pollMembers(): Promise<void> {
    await this.#pipeline?.writer?.pollMembers();
  }

  /** What the source shows by now. */
  discover(): Promise<SourceDescription> {
    return runOperation(discover, { app: this.app, daemon: null }, { source: SOURCE });
  }

  /** All records of an object, as `changeover records` lists them. */
  list(object: string): Promise<{
    readonly header: readonly string[];
    readonly rows: readonly (readonly (string | null)[])[];
  }> {
    return runOperation(recordsList, { app: this.app, daemon: null }, { source: SOURCE, object });
  }

  /** The inventory of automations as the source tells it. */
  async readInventory(): Promise<readonly InventoriedAutomation[]> {
    return (await runOperation(inventoryRead, { app: this.app, daemon: null }, { source: SOURCE })).automations;
  }

  /** How fast the source is called, where its limit is found and not known. */
  pace(): SourcePace | null {
    return this.#pipeline?.lanes[0]?.loop?.pace ?? null;
  }

  /** Answers an open question as a person would. */
  async answer(id: string, answer: string): Promise<void> {
    await runOperation(reviewAnswer, { app: this.app, daemon: null }, { ids: [id], answer, by: 'a test' });
  }

  /** Says who stands for an owner, as `changeover owners` would. */
  async decideOwner(reference: string, decision: DecisionInput): Promise<void> {
    await runOperation(
      ownersDecide,
      { app: this.app, daemon: null },
      { source: SOURCE, reference, decision, by: 'a test' },
    );
  }

  /** The owners that records name, as `changeover owners list` has them. */
  async owners() {
    return (await runOperation(ownersList, { app: this.app, daemon: null }, {})).items;
  }

  /** The stage field of the workspace, as its model has it now. */
  stageField(): { readonly options: readonly { readonly value: string; readonly label: string }[] } {
    const field = this.sandbox.engine.model.shape('opportunity').fieldByName.get('stage');
    return { options: (field?.options ?? []) as readonly { readonly value: string; readonly label: string }[] };
  }

  reviews(): Promise<readonly ReviewRow[]> {
    return this.app.state.read((tx) => tx.reviews.list({ status: 'open', limit: 10_000 }));
  }

  /** The state's row of a source record. */
  async record(object: string, id: string): Promise<RecordRow> {
    const key = `${SOURCE}/${object}/${id}`;
    const rows = await this.app.state.read((tx) => tx.records.get([key]));
    const row = [...rows.values()][0];
    if (row === undefined) throw new Error(`no record ${key}`);
    return row;
  }

  /** Whether the workspace has an object of this name. */
  hasObject(name: string): boolean {
    return this.sandbox.engine.model.objects().some(({ nameSingular }) => nameSingular === name);
  }

  /** Live rows of an object of the workspace. */
  rows(object: string): readonly TwentyRow[] {
    return this.sandbox.dump(object).filter((row) => row.deletedAt === null) as unknown as readonly TwentyRow[];
  }

  /** The row that a source record became; merged ones too. */
  row(target: string, object: string, id: string): TwentyRow {
    const key = `${SOURCE}/${object}/${id}`;
    const found = this.rows(target).find(
      (row) =>
        row.sourceKey === key ||
        String(row.sourceKeys ?? '')
          .split(/[\s,]+/)
          .includes(key),
    );
    if (found === undefined) throw new Error(`no ${target} came of ${key}`);
    return found;
  }

  has(target: string, object: string, id: string): boolean {
    return this.rows(target).some((row) => row.sourceKey === `${SOURCE}/${object}/${id}`);
  }

  async #halt(): Promise<void> {
    this.#stop.abort();
    await this.#writing;
    await this.#pipeline?.close();
    this.#stop = new AbortController();
    this.#pipeline = null;
  }

  async close(): Promise<void> {
    await this.#halt();
    await this.app.close();
    await this.sandbox.close();
    await rm(this.folder, { recursive: true });
  }
}
