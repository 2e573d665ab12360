import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';

/** An environment that allows little, by a simulated clock: waits cost nothing. */

const AYSE = {
  id: '5a3b1c00-0000-4000-8000-000000000011',
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  email: 'ayse@firm.example',
} as const;
const LIMITS = { requests: 40, executionSeconds: 1_200, concurrent: 4, windowSeconds: 300 };
const PEOPLE = 300;

let clock: SimulatedClock;
let environment: DataverseSandbox;
let world: Deployment;

/** A whole workspace is prepared; how long that takes is the machine’s affair. */
const SLOW = 300_000;

beforeAll(async () => {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  environment = await startDataverseSandbox({ clock, limits: LIMITS });
  const { organisation } = environment;
  const user = organisation.create('systemuser', {
    fullname: 'Ayşe Yılmaz',
    internalemailaddress: AYSE.email,
    isdisabled: false,
  });
  for (let at = 0; at < PEOPLE; at += 1)
    organisation.create('contact', { lastname: `Person ${at}`, ownerid: { id: user.id, table: 'systemuser' } });
  world = await Deployment.open({
    connector: 'dataverse',
    clock,
    members: [AYSE],
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
      customTables: false,
      concurrency: LIMITS.concurrent,
    },
  });
  await world.prepare();
  await world.settle();
}, SLOW);

afterAll(async () => {
  await world.close();
  await environment.close();
});

describe('OPX-S1 the limits of an environment', () => {
  it('slow the load down, and lose nothing', async () => {
    expect(world.rows('person')).toHaveLength(PEOPLE);
    expect(world.unread()).toEqual([]);
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
    expect(environment.calls().length).toBeGreaterThan(LIMITS.requests);
  });

  it('are found by one refusal and not hammered: whoever is told to wait does', async () => {
    const calls = environment.calls();
    const refused = calls.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    // At most the calls that were in the air together when a window was full.
    expect(refused).toBeLessThanOrEqual(Math.ceil(calls.length / LIMITS.requests) * LIMITS.concurrent);
  });

  it('are seen in the metrics: calls by status, and the seconds waited by the limit that asked for it', async () => {
    const metrics = await world.metrics();
    expect(metrics).toMatch(/^changeover_source_requests_total\{source="crm",status="429"\} [1-9]/m);
    const waited = /^changeover_source_backoff_seconds_total\{source="crm",cause="requests"\} ([\d.]+)$/m.exec(metrics);
    expect(Number(waited?.[1])).toBeGreaterThan(100);
  });

  it('are met with pages of 250 rows, unless the settings say otherwise', () => {
    const pages = environment.calls().filter(({ url }) => /\/contacts\?\$select=(?!contactid(&|$))/.test(url));
    expect(pages.length).toBeGreaterThanOrEqual(2);
    for (const { prefer } of pages) expect(prefer).toContain('odata.maxpagesize=250');
  });
});
