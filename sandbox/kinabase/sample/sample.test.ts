import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConnector, defaultMappingFile } from '../../../connectors/kinabase/index.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { createHttp } from '../../../src/core/http.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { NO_STEPS } from '../../../src/core/ports.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { checkMapping } from '../../../src/mapping/check.ts';
import { parseMapping } from '../../../src/mapping/parse.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../index.ts';
import { SAMPLE_COLLECTIONS, SAMPLE_FIELDS } from './collections.ts';
import { samplePlay } from './play.ts';
import { SAMPLE_SEED, writeSample } from './sample.ts';
import { sizesOf } from './sizes.ts';

describe('the sample workspace', () => {
  let clock: SimulatedClock;
  let sandbox: KinabaseSandbox;

  beforeEach(async () => {
    clock = new SimulatedClock({ start: Date.UTC(2026, 2, 9, 9) });
    sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), callsPerMinute: null });
    writeSample(sandbox.workspace, sizesOf(0.1));
  });
  afterEach(() => sandbox.close());

  const everything = ({ workspace }: KinabaseSandbox): string =>
    JSON.stringify(SAMPLE_COLLECTIONS.map(({ slug }) => workspace.records(slug).map(({ id, data }) => [id, data])));

  it('is the same from the same seed, whatever people do afterwards in another one', async () => {
    const other = await startKinabaseSandbox({ clock, random: seededRandom(4) });
    writeSample(other.workspace, sizesOf(0.1));
    const before = everything(sandbox);
    expect(everything(other)).toBe(before);
    const play = samplePlay(other.workspace, seededRandom(SAMPLE_SEED));
    for (let deed = 0; deed < 6; deed += 1) play.next();
    expect(everything(other)).not.toBe(before);
    expect(everything(sandbox)).toBe(before);
    await other.close();
  });

  it('is mapped to its last field (ALL-7), each link to where it leads', async () => {
    const http = createHttp({ timeoutMs: 5000 });
    const workFolder = mkdtempSync(join(tmpdir(), 'kinabase-sample-'));
    const connector = createConnector(
      {
        clock,
        random: seededRandom(7),
        http: { send: (request) => clock.busy(() => http.send(request)) },
        logger: silentLogger(),
        steps: NO_STEPS,
        workFolder,
        secret: () => sandbox.secret,
        answers: () => Promise.resolve(new Map()),
      },
      { url: sandbox.url, appId: sandbox.appId, callsPerMinute: 10_000, fields: SAMPLE_FIELDS },
      'kinabase',
    );
    const description = await connector.describe();
    await http.close();
    rmSync(workFolder, { recursive: true });
    const parsed = parseMapping(readFileSync(defaultMappingFile, 'utf8'), 'mapping.yaml');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
    const findings = checkMapping(parsed.source, description, null);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const links = new Map(
      description.objects.map(({ name, fields }) => [
        name,
        Object.fromEntries(fields.filter(({ refersTo }) => refersTo.length > 0).map((one) => [one.name, one.refersTo])),
      ]),
    );
    expect(links.get('projects')).toEqual({ deal: ['deals'], members: ['people'] });
    expect(links.get('tasks')).toEqual({ record: ['companies', 'deals', 'people'] });
    expect(description.notes.filter((note) => note.includes('circle'))).toHaveLength(4);
  });
});
