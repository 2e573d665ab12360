import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ENGLISH, writeExport } from '../../sandbox/samples/smartdesk/languages.ts';
import { NO_LIMITS, startTwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { runOperation } from '../../src/app/operation.ts';
import { attachments } from '../../src/app/operations/attachments.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Step } from '../../src/core/ports.ts';
import { type Deployment, provision } from '../kill/deployment.ts';
import { live, Nursery } from '../kill/process.ts';
import { type Cells, MEMBERS, type Tables, WORLD } from '../requirements/smd-world.ts';
import { sha256 } from '../support/file-world.ts';

/** The whole program, killed with SIGKILL at every named step of src/files/SPEC.md §5, and started again each time. */

const STEPS = [
  'file-staged',
  'file-asked',
  'file-sent',
  'file-completed',
  'before-attach',
  'attach-in-flight',
  'after-attach',
] as const satisfies readonly Step[];

/** Past the deadline of any call that was begun (src/app/deadline.ts), so that none is waited out for real. */
const LATER_MS = 200_000;
const OWNER = MEMBERS[0].email;

let folder: string;
let deployment: Deployment;
let nursery: Nursery;
const files = new Map<string, Buffer>();

/** The files of one contact of each export so far. A file is told by its name; two have the same bytes. */
function contacts(upTo: number): readonly Cells[] {
  return Array.from({ length: upTo }, (_, at) => {
    const named = ['offer', 'terms', 'empty'].map((kind) => `attachments/${at}-${kind}.txt`);
    named.forEach((path, kind) => {
      files.set(path, Buffer.from(['the same offer', `terms of contact ${at}`, ''][kind] ?? ''));
    });
    return {
      'Contact ID': `C-${at}`,
      'Last Name': `No ${at}`,
      Email: `no.${at}@acme.example`,
      Owner: OWNER,
      Attachments: named.join(';'),
    };
  });
}

function drop(upTo: number): void {
  const tables: Tables = { ...WORLD, contacts: contacts(upTo), leads: [], notes: [], deals: [], tasks: [] };
  const columns = Object.fromEntries(Object.entries(WORLD).map(([table, rows]) => [table, Object.keys(rows[0] ?? {})]));
  const beside = join(folder, 'next');
  writeExport(beside, tables, ENGLISH, { ...columns, contacts: [...(columns.contacts ?? []), 'Attachments'] });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(beside, path)), { recursive: true });
    writeFileSync(join(beside, path), bytes);
  }
  renameSync(beside, join(deployment.drop, `export-2025-04-${String(upTo).padStart(2, '0')}`));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-files-'));
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: MEMBERS, timeline: false });
  const configuration = join(folder, 'changeover.yaml');
  const settings = {
    deployment: 'kill-test',
    dataFolder: 'data',
    twenty: { url: sandbox.url, callsPerMinute: 6000 },
    sources: [
      {
        name: 'crm',
        connector: 'smartdesk',
        settings: { folder: 'exports', compareBeforeLoad: false, stability: { looks: 1, seconds: 0.01 } },
      },
    ],
    server: { port: 0 },
    log: { level: 'warn' },
  };
  mkdirSync(join(folder, 'exports'));
  writeFileSync(configuration, JSON.stringify(settings));
  const environment = { TWENTY_API_KEY: sandbox.token };
  await provision(configuration, environment);
  deployment = { configuration, drop: join(folder, 'exports'), environment, sandbox };
  nursery = new Nursery(join(folder, 'compiled'));
}, 120_000);

afterAll(async () => {
  nursery.close();
  await deployment.sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

it('killed at every step on the way of a file, the next process goes on there: each file once, no upload astray (F2, F4)', async () => {
  for (const [at, step] of STEPS.entries()) {
    drop(at + 1);
    const life = await live(nursery, deployment, { kind: 'at-step', step, pass: 1 }, at * LATER_MS);
    expect(life.last, step).toBe(step);
    expect(life.rest, step).toBeNull();
  }
  const { rest } = await live(nursery, deployment, null, STEPS.length * LATER_MS);
  expect(rest?.residue).toBe(0);

  const { sandbox } = deployment;
  const stored = new Map(sandbox.files().map((file) => [file.id, file]));
  const rows = sandbox.dump('attachment').map(({ name, file, deletedAt }) => {
    const [first] = file as { fileId: string }[];
    return { name, deletedAt, fileId: first?.fileId ?? '', sha256: stored.get(first?.fileId ?? '')?.sha256 };
  });
  const wanted = [...files].map(([path, bytes]) => [path.replace('attachments/', ''), sha256(bytes)] as const);
  expect(rows.map(({ name, deletedAt, sha256: hash }) => [name, hash, deletedAt]).sort()).toEqual(
    wanted.map(([name, hash]) => [name, hash, null]).sort(),
  );
  const shown = new Set(rows.map(({ fileId }) => fileId));
  expect(sandbox.files().filter(({ complete, id }) => complete && !shown.has(id))).toEqual([]);

  const { environment, configuration } = deployment;
  const app = await Application.open(
    loadConfiguration(configuration, environment),
    systemPorts(silentLogger(), environment),
    'read',
  );
  try {
    const report = await runOperation(attachments, { app, daemon: null }, {});
    expect(report).toMatchObject({ residue: 0, objects: [{ object: 'contact', known: files.size }] });
    expect(report.objects[0]?.classes.linked).toBe(files.size);
  } finally {
    await app.close();
  }
}, 300_000);
