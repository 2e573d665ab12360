import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnector, defaultMappingFile } from '../../connectors/smart-crm-online/index.ts';
import { SETS, sample } from '../../sandbox/samples/smart-crm-online/generate.ts';
import { NO_LIMITS, startTwentySandbox } from '../../sandbox/twenty/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { recordKey } from '../../src/core/identifiers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { checkMapping } from '../../src/mapping/check.ts';
import { compileMapping } from '../../src/mapping/compile.ts';
import type { Draft } from '../../src/mapping/model.ts';
import { readMapping } from '../../src/mapping/parse.ts';
import type { Connector } from '../../src/source/connector.ts';
import { RateBudget } from '../../src/twenty/budget.ts';
import { readWorkspace } from '../../src/twenty/metadata.ts';
import { planProvision, provisionGuide } from '../../src/twenty/provision.ts';
import { Transport } from '../../src/twenty/transport.ts';

const SAMPLES = join(import.meta.dirname, '../../sandbox/samples/smart-crm-online');
const text = readFileSync(defaultMappingFile, 'utf8');
const source = readMapping(text, 'mapping.yaml');
const mapping = compileMapping(source);

let folder: string;
let connector: Connector;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-mapping-'));
  mkdirSync(join(folder, 'work'));
  for (const { folder: set } of SETS) cpSync(join(SAMPLES, set), join(folder, 'exports', set), { recursive: true });
  connector = createConnector(
    {
      clock: systemClock(),
      random: seededRandom(1),
      http: { send: () => Promise.reject(new Error('this connector calls nobody')) },
      logger: silentLogger(),
      steps: NO_STEPS,
      workFolder: join(folder, 'work'),
      answers: () => Promise.resolve(new Map()),
    },
    {
      folder: join(folder, 'exports'),
      timezone: 'Europe/Istanbul',
      codePage: 'windows-1254',
      stability: { looks: 2, seconds: 0.01 },
    },
    'crm',
  );
});

afterAll(async () => {
  await connector.close();
  rmSync(folder, { recursive: true });
});

/** Drafts of every row of the newest export. */
async function drafts(object: string): Promise<ReadonlyMap<string, Draft>> {
  const mapped = mapping.objects.get(object);
  const found = new Map<string, Draft>();
  for await (const page of connector.snapshot(object, null, new AbortController().signal)) {
    for (const { id, after, time, created } of page.records) {
      if (after === null || mapped === undefined) continue;
      const key = recordKey('crm', object, id);
      found.set(id, mapped.draft({ key, id, after, sourceTime: time, sourceCreated: created, answers: {} }));
    }
  }
  return found;
}

describe('the default mapping of Smart CRM Online', () => {
  it('ALL-7 maps or skips every column of the sample, and fits an untouched workspace', async () => {
    const sandbox = await startTwentySandbox({ limits: NO_LIMITS });
    const http = createHttp();
    try {
      const transport = new Transport({
        url: sandbox.url,
        apiKey: sandbox.token,
        http,
        clock: systemClock(),
        budget: new RateBudget({ clock: systemClock() }),
        logger: silentLogger(),
        timeoutMs: 10_000,
      });
      const workspace = await readWorkspace(transport, systemClock());
      const findings = checkMapping(source, await connector.describe(), workspace);
      // What stays is true of the sample, and worth a look: two labels that Twenty can't take, and a link that closes a circle.
      expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
        'warning MAPPING_LOSSY',
        'warning MAPPING_LOSSY',
        'warning MAPPING_TIER_ORDER',
      ]);
      // ALL-8, ALL-10: what the API is not known to make is told to whoever sets the workspace up.
      const guide = provisionGuide(planProvision(workspace, mapping.desired, 'test'));
      expect(guide.split('\n').filter((line) => line.startsWith('- on '))).toEqual([
        '- on opportunity: **New Business**, where *Pipeline* is *New Business*. Why: pipelines.',
        '- on opportunity: **Yenileme**, where *Pipeline* is *Yenileme*. Why: pipelines.',
        ...['company', 'person', 'opportunity', 'task', 'note'].map(
          (object) => `- on ${object}: **Needs review**, where *Needs review* is *true*. Why: review.`,
        ),
      ]);
    } finally {
      await http.close();
      await sandbox.close();
    }
  });

  it.each(['company', 'contact', 'deal', 'call', 'email', 'meeting', 'note'])(
    'reads every %s of the sample: nothing is refused or waits for a person',
    async (object) => {
      const made = await drafts(object);
      expect([...made.values()].filter(({ kind }) => kind !== 'record')).toEqual([]);
      expect(made.size).toBeGreaterThan(500);
    },
  );

  it('SCO-4, ALL-4 lists what the stage labels lose', async () => {
    const losses = [...(await drafts('deal')).values()].flatMap((draft) =>
      draft.kind === 'record' ? draft.record.losses : [],
    );
    const kinds = new Map(losses.map(({ before, after, kind }) => [before, { after, kind }]));
    const rows = [...sample().exports[1].deal.values()];
    expect(losses).toHaveLength(
      rows.filter(({ Stage }) => Stage?.startsWith('Negotiation') || Stage?.includes(',')).length,
    );
    expect([...kinds.keys()].sort()).toEqual([
      'Demo, follow-up',
      'Negotiation – waiting for the signatures of both managing directors (UK & TR)',
    ]);
    for (const { after } of kinds.values()) expect(after.length).toBeLessThanOrEqual(63);
  });

  it('SCO-6, ALL-9 lists every e-mail whose attachments stay behind, and no other', async () => {
    const losses = [...(await drafts('email')).entries()].flatMap(([id, draft]) =>
      draft.kind === 'record' && draft.record.losses.length > 0 ? [id] : [],
    );
    const expected = [...sample().exports[1].email].filter(([, row]) => row.Attachments !== '0').map(([id]) => id);
    expect(losses.sort()).toEqual(expected.sort());
  });
});
