// The Dockerfile is followed step by step in a folder: what it copies, builds and starts is what an image would hold. Only
// the packages are not fetched again: they are linked, in the last stage those alone that are no development dependencies.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../scripts/run.ts';
import type { Status } from '../../src/app/operations/status.ts';
import { type Deployment, prepare } from '../end-to-end/deployment.ts';
import { dockerfile, type Step } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');
const LONGEST_MS = 300_000;

let folder: string;
let deployment: Deployment;
const stages = dockerfile(readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8'));
const [build = [], final = []] = stages;
const app = (): string => join(folder, 'final', 'app');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-image-'));
  for (const step of build) await follow(step, join(folder, 'build'), root);
  for (const step of final)
    await follow(step, join(folder, 'final'), step.from === 'build' ? join(folder, 'build') : root);
  deployment = await prepare({ callsPerMinute: 100_000 });
}, LONGEST_MS);
afterAll(async () => {
  await deployment.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the image that the Dockerfile describes', () => {
  it('is made of two stages, of which the last has no development dependencies and runs as nobody special', () => {
    expect(stages.length).toBe(2);
    expect(build.map(({ words }) => words.join(' '))).toContainEqual(expect.stringContaining('npm prune --omit=dev'));
    expect(final.filter(({ instruction }) => instruction === 'USER').map(({ words }) => words)).toEqual([['node']]);
  });

  it(
    'holds the compiled program, which works through an export as the sources do, to residue 0',
    async () => {
      const worked = await inImage(['run', '--once']);
      expect(worked.output).not.toMatch(/\b(ERR_|Cannot find)/);
      expect(worked.code).toBe(0);
      const status = JSON.parse((await inImage(['status', '--json'])).output) as Status;
      expect(status.objects.map(({ object, residue }) => [object, residue])).toEqual(
        status.objects.map(({ object }) => [object, 0]),
      );
      const applied = status.objects.reduce((sum, one) => sum + one.applied, 0);
      expect(applied).toBeGreaterThan(0);
      expect(deployment.sandbox.dump('person').length).toBeGreaterThan(0);
    },
    LONGEST_MS,
  );

  it('says by its health check that nobody listens, where nobody does', async () => {
    const check = final.find(({ instruction }) => instruction === 'HEALTHCHECK');
    const words = JSON.parse(check?.words.slice(check.words.indexOf('CMD') + 1).join(' ') ?? '[]') as string[];
    expect(words.slice(0, 2)).toEqual(['node', '-e']);
    const checked = await run(process.execPath, words.slice(1), {
      quiet: true,
      env: { ...process.env, CHANGEOVER_PORT: '9' },
    });
    expect(checked.code).toBe(1);
  });
});

/** A command of the program in the image. */
function inImage(args: readonly string[]) {
  const entry = final.find(({ instruction }) => instruction === 'ENTRYPOINT')?.words.join(' ') ?? '[]';
  const [, program = ''] = JSON.parse(entry) as string[];
  return run(
    process.execPath,
    [inside(join(folder, 'final'), program), ...args, '--config', deployment.configuration],
    {
      quiet: true,
      cwd: app(),
      env: { ...process.env, ...deployment.environment },
    },
  );
}

async function follow({ instruction, words }: Step, stage: string, from: string): Promise<void> {
  if (instruction === 'COPY') copy(words, stage, from);
  if (instruction !== 'RUN') return;
  for (const line of words.join(' ').split(' && ')) {
    const known = COMMANDS.find(([start]) => line.startsWith(start));
    if (known === undefined) throw new Error(`the Dockerfile runs what this test does not know: ${line}`);
    await known[1](stage, line);
  }
}

/** What the Dockerfile runs, and what becomes of it here. */
const COMMANDS: readonly (readonly [start: string, follow: (stage: string, line: string) => Promise<void>])[] = [
  ['npm ci ', async (stage) => linkPackages(stage, Object.keys(packages()))],
  ['npm prune --omit=dev ', async (stage) => linkPackages(stage, productionPackages())],
  [
    'node scripts/build.ts',
    async (stage) => {
      const built = await run(process.execPath, ['scripts/build.ts'], { quiet: true, cwd: join(stage, 'app') });
      if (built.code !== 0) throw new Error(built.output);
    },
  ],
  ['mkdir /', async (stage, line) => void mkdirSync(join(stage, line.slice('mkdir /'.length)))],
  // Whoever runs the tests owns everything.
  ['chown ', async () => undefined],
];

function packages(): Readonly<Record<string, { readonly dev?: boolean }>> {
  const { packages: all } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const outermost = Object.entries(all).filter(([path]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path));
  return Object.fromEntries(outermost.filter(([path]) => existsSync(join(root, path))));
}

function productionPackages(): readonly string[] {
  return Object.entries(packages()).flatMap(([path, { dev }]) => (dev === true ? [] : [path]));
}

/** The packages of a stage, in place of those that were there. */
function linkPackages(stage: string, paths: readonly string[]): void {
  const to = join(stage, 'app');
  rmSync(join(to, 'node_modules'), { recursive: true, force: true });
  for (const path of paths) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    symlinkSync(join(root, path), join(to, path));
  }
}

/** A file is put into the target, of a folder its contents, as Docker has it. */
function copy(words: readonly string[], stage: string, from: string): void {
  const paths = words.filter((word) => !word.startsWith('--'));
  const to = inside(stage, paths.at(-1) ?? '.');
  for (const path of paths.slice(0, -1)) {
    const source = join(from, path);
    cpSync(source, statSync(source).isDirectory() ? to : join(to, basename(source)), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/** A path of the image, in the folder that stands for it; the working directory is /app. */
function inside(stage: string, path: string): string {
  return path.startsWith('/') ? join(stage, path) : join(stage, 'app', path);
}
