import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsOf } from '../../sandbox/dataverse/every-row.ts';
import { type Call, type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { text } from '../../sandbox/dataverse/model/columns.ts';
import { sampleMapping } from '../../sandbox/dataverse/sample/mapping.ts';
import { samplePlay } from '../../sandbox/dataverse/sample/play.ts';
import { writeSample } from '../../sandbox/dataverse/sample/sample.ts';
import { sizesOf } from '../../sandbox/dataverse/sample/sizes.ts';
import { ROWS_FILE } from '../../sandbox/quickstart/dataverse.ts';
import { layFolder, type QuickstartFolder, quickstartFolder, samples } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import { SUBSTITUTE_FOR_OWNER, SUBSTITUTED_OWNER, WAIVED_OWNER } from '../../sandbox/samples/smart-crm-online/words.ts';
import { linesOf } from '../../sandbox/simulator/orders.ts';
import type { Working } from '../../sandbox/simulator/play.ts';
import { readMembers } from '../../sandbox/twenty/http/admin.ts';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { accountOf } from '../../src/cli/commands/status.ts';
import { seededRandom } from '../../src/core/random.ts';
import { provision } from './deployment.ts';
import type { KillPlan } from './plan.ts';
import { live, Nursery, type Rest } from './process.ts';

export interface EnvironmentRunOptions {
  readonly seed: number;
  readonly kills: number;
  /** Of the sample's size. */
  readonly size: number;
  /** Waits that the environment asks for, and the life of its tokens, are so many times shorter; 1 waits in full. */
  readonly shorten: number;
  readonly say: (line: string) => void;
}

export interface EnvironmentRunResult {
  readonly seconds: number;
  /** Where each kill landed. */
  readonly kills: readonly string[];
  readonly calls: number;
  /** Calls that were refused with 429, and those refused because a delta token had expired. */
  readonly throttled: number;
  readonly expired: number;
  readonly tokens: number;
  /** Things that people did meanwhile. */
  readonly deeds: number;
  readonly records: number;
  readonly residue: number;
  /** What a recount from the environment's own rows and the workspace alone finds wrong. */
  readonly differences: readonly string[];
}

/** Steps of a process to die at. A file of the sample may come to any process, so deaths in files come by the clock. */
const STEPS = [
  'before-append',
  'after-append',
  'after-checkpoint',
  'intake',
  'after-intake',
  'before-intent',
  'before-call',
  'in-flight',
  'after-answer',
  'after-outcome',
] as const;
/** Every so many kills one comes at any moment. */
const TIMED_EVERY = 4;
const LONGEST_TIMED_MS = 3_000;
/** Each life begins later than the one before: past the deadline of whatever call was in the air (see run.ts). */
const LATER_MS = 120_000;
const TOKEN_SECONDS = 30;
/** A machine that stands still for a moment must be able to use a token at all. */
const LEAST_TOKEN_SECONDS = 0.5;
/** Three limits, together one call in three. */
const RATE_OF_EACH = 0.126;
const LIMITS = ['requests', 'executionTime', 'concurrency'] as const;
/** Deeds before each life, and how far apart those during it are. */
const DEEDS_BEFORE = 4;
const DEED_EVERY_MS = 150;
const DEEDS_DURING = 4;
const LONGEST_LIFE_MS = 15 * 60_000;
const SOURCE = 'dataverse';

/**
 * An environment at its worst: one call in three refused with a Retry-After of 1 to 30 seconds, tokens of 30 seconds, delta
 * tokens that expire twice, a definition that changes in the middle, people who go on working, and a process that is killed
 * again and again. In the end the workspace is compared with the environment, record by record.
 */
export async function environmentRun(options: EnvironmentRunOptions): Promise<EnvironmentRunResult> {
  const home = mkdtempSync(join(tmpdir(), 'changeover-environment-'));
  const nursery = new Nursery(join(home, 'compiled'));
  const folder = quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home });
  try {
    const world = await openWorld(folder, options);
    try {
      return await ordeal(world, nursery, folder, options);
    } finally {
      await world.environment.close();
      await world.workspace.close();
    }
  } finally {
    nursery.close();
    rmSync(home, { recursive: true, force: true });
  }
}

interface World {
  readonly environment: DataverseSandbox;
  readonly workspace: TwentySandbox;
  readonly configuration: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly play: Working;
}

async function openWorld(folder: QuickstartFolder, { size, shorten, seed }: EnvironmentRunOptions): Promise<World> {
  const environment = await startDataverseSandbox({
    limits: null,
    random: seededRandom(seed),
    switches: { tokenSeconds: Math.max(LEAST_TOKEN_SECONDS, TOKEN_SECONDS / shorten) },
  });
  writeSample(environment.organisation, sizesOf(size));
  layFolder(folder, { url: '', deployment: 'quickstart' }, [], null);
  const members = readMembers(JSON.parse(readFileSync(join(samples, 'members.json'), 'utf8')));
  const workspace = await startTwentySandbox({ limits: NO_LIMITS, members, data: folder.sandboxStore });
  const { url, tenant, clientId, secret } = environment;
  writeFileSync(join(folder.path, 'mapping.yaml'), sampleMapping());
  layFolder(
    folder,
    { url: workspace.url, deployment: 'quickstart', callsPerMinute: 100_000 },
    [
      {
        name: SOURCE,
        connector: 'dataverse',
        mapping: 'mapping.yaml',
        settings: { url, authority: url, tenant, clientId, pageSize: 20 },
        owners: { substitutes: { [SUBSTITUTED_OWNER]: SUBSTITUTE_FOR_OWNER }, waived: [WAIVED_OWNER] },
      },
    ],
    null,
  );
  const secrets = { TWENTY_API_KEY: workspace.token, DATAVERSE_CLIENT_SECRET: secret };
  await provision(folder.configuration, secrets);
  const play = samplePlay(environment.organisation, seededRandom(seed));
  return { environment, workspace, configuration: folder.configuration, secrets, play };
}

async function ordeal(
  world: World,
  nursery: Nursery,
  folder: QuickstartFolder,
  options: EnvironmentRunOptions,
): Promise<EnvironmentRunResult> {
  const { environment, configuration, secrets, play } = world;
  const random = new SeededRandom(options.seed);
  const begun = performance.now();
  for (const limit of LIMITS)
    environment.fault({ fault: { kind: 'throttle', limit, seconds: [1, 30] }, rate: RATE_OF_EACH });
  environment.clearCalls();
  const lives = { shorten: options.shorten, longestMs: LONGEST_LIFE_MS };
  const deployment = { configuration, environment: secrets };
  const kills: string[] = [];
  const trouble = troublesOf(options.kills);
  let rest: Rest | null = null;
  for (let started = 0; rest === null; started += 1) {
    if (started > 3 * options.kills + 3) throw new Error(`${kills.length} kills in ${started} lives`);
    trouble.get(kills.length)?.(world);
    trouble.delete(kills.length);
    const plan = kills.length < options.kills ? planOf(kills.length, random) : null;
    const life = await among(play, plan === null, () =>
      live(nursery, deployment, plan, kills.length * LATER_MS, lives),
    );
    // Its step never came: it came to rest before, and the next one finds what people did since.
    if (life.rest !== null && plan === null) rest = life.rest;
    else if (life.rest === null) {
      kills.push(plan?.kind === 'at-step' ? plan.step : (plan?.kind ?? ''));
      options.say(
        `kill ${kills.length}: ${kills.at(-1)}, last step ${life.last ?? 'none'}, ${play.deeds} deeds so far`,
      );
    }
  }
  const account = accountOf(rest.objects);
  writeFileSync(join(folder.path, ROWS_FILE), linesOf(rowsOf(environment.organisation)));
  const calls = environment.calls();
  const count = (counts: (call: Call) => boolean): number => calls.filter(counts).length;
  return {
    seconds: (performance.now() - begun) / 1000,
    kills,
    calls: calls.length,
    throttled: count(({ status }) => status === 429),
    expired: count(({ status, url }) => status === 400 && url.includes('deltatoken')),
    tokens: environment.access.issued,
    deeds: play.deeds,
    records: Object.values(account.objects).reduce((sum, { source }) => sum + (source ?? 0), 0),
    residue: account.residue,
    differences: recountQuickstart(folder, JSON.parse(JSON.stringify(account))).differences,
  };
}

/** What goes wrong beside the kills, by how many of them there have been: early enough to be met. */
function troublesOf(kills: number): Map<number, (world: World) => void> {
  const at = (share: number): number => Math.max(1, Math.floor(kills * share));
  const expire = ({ environment, play }: World): void => {
    // What is deleted before the token expires is told by nobody.
    for (let deed = 0; deed < 7; deed += 1) play.next();
    environment.expireTracking();
  };
  return new Map([
    [at(0.3), expire],
    [
      at(0.5),
      ({ environment }) => environment.alter({ kind: 'addColumn', table: 'contact', column: text('opx_late', 'Late') }),
    ],
    [at(0.8), expire],
  ]);
}

function planOf(number: number, random: SeededRandom): KillPlan {
  if (number % TIMED_EVERY === TIMED_EVERY - 1) return { kind: 'timed', afterMs: random.integer(0, LONGEST_TIMED_MS) };
  const step = STEPS[random.integer(0, STEPS.length - 1)] ?? 'before-append';
  const pass = random.integer(1, 3);
  return step === 'in-flight'
    ? { kind: 'in-flight', pass, write: 'done', delayMs: 0 }
    : { kind: 'at-step', step, pass };
}

/** People do things before, and, but for the last life, during it. */
async function among<Result>(play: Working, last: boolean, living: () => Promise<Result>): Promise<Result> {
  for (let deed = 0; deed < DEEDS_BEFORE; deed += 1) play.next();
  let left = last ? 0 : DEEDS_DURING;
  const timer = setInterval(() => {
    if (left > 0) play.next();
    left -= 1;
  }, DEED_EVERY_MS);
  try {
    return await living();
  } finally {
    clearInterval(timer);
  }
}
