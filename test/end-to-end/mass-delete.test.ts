import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DinamikSandbox, startDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { Deployment } from '../requirements/deployment.ts';

/** More than the source's own settings, or the sink's, let go without asking. */
const RECORDS = 40;
const REMOVED = 30;

const MAPPING = `version: 1
source: dinamik
defaults: { timezone: Europe/London, country: GB, currency: GBP }
objects:
  company:
    target: company
    policies: { duplicate: hold, softDeleted: restore, onDelete: soft-delete }
    fields:
      - { to: name, from: name, default: (no name), onEmpty: default }
`;

const nameOf = (index: number) => `Firm ${String(index).padStart(2, '0')}`;

let folder: string;
let source: DinamikSandbox;
let deployment: Deployment;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-mass-delete-'));
  writeFileSync(join(folder, 'mapping.yaml'), MAPPING);
  source = await startDinamikSandbox();
  const { url, apiKey, apiSecret } = source;
  deployment = await Deployment.open({
    connector: 'dinamik',
    members: [],
    mapping: join(folder, 'mapping.yaml'),
    secrets: { DINAMIK_API_KEY: apiKey, DINAMIK_API_SECRET: apiSecret },
    settings: { url, callsPerSecond: { start: 500, most: 5000 }, sweepSeconds: 0 },
  });
});
afterAll(async () => {
  await deployment?.close();
  await source?.close();
  rmSync(folder, { recursive: true });
});

/** Two looks: the first finds what is missing, the next has the answer. */
async function looks(): Promise<void> {
  await deployment.settle();
  await deployment.settle();
}

/** Open questions about records; the mapping leaves out fields, which is asked about too. */
async function questions() {
  return (await deployment.reviews()).filter(({ queue }) => queue !== 'schema');
}

function names(): readonly unknown[] {
  const there = deployment.rows('company').filter(({ deletedAt }) => deletedAt === null);
  return there.map(({ name }) => name).toSorted();
}

describe('many records that a compared source shows no longer', () => {
  test('are asked about once, by the source, and go with that answer', async () => {
    const all = Array.from({ length: RECORDS }, (_, index) => nameOf(index));
    const rows = all.map((name) => source.account.create('Company', { values: { name } }));
    await deployment.prepare();
    await looks();
    expect(names()).toEqual(all);

    for (const { id } of rows.slice(0, REMOVED)) source.account.remove('Company', id);
    await looks();
    const asked = await questions();
    expect(asked.map(({ queue, object }) => [queue, object])).toEqual([['source', 'company']]);
    expect(names()).toEqual(all);

    for (const { id } of asked) await deployment.answer(id, 'delete');
    await looks();
    expect(await questions()).toEqual([]);
    expect(names()).toEqual(all.slice(REMOVED));
  });
});
