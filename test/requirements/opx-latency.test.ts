import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { Deployment } from './deployment.ts';

/** How long a change takes, by a simulated clock: only waits count, so that the speed of the machine does not. */

const POLL_MS = 15_000;
const OWNER = {
  id: '5a3b1c00-0000-4000-8000-000000000011',
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  email: 'ayse@firm.example',
} as const;

let clock: SimulatedClock;
let environment: DataverseSandbox;
let world: Deployment;
let contact: string;
let owner: { readonly id: string; readonly table: string };

/** A whole workspace is prepared; how long that takes is the machine’s affair. */
const SLOW = 300_000;

beforeAll(async () => {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  environment = await startDataverseSandbox({ clock, limits: null });
  const user = environment.organisation.create('systemuser', {
    fullname: 'Ayşe Yılmaz',
    internalemailaddress: OWNER.email,
    isdisabled: false,
  });
  owner = { id: user.id, table: 'systemuser' };
  contact = environment.organisation.create('contact', { lastname: 'Archer', jobtitle: 'Buyer', ownerid: owner }).id;
  world = await Deployment.open({
    connector: 'dataverse',
    clock,
    members: [OWNER],
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
      customTables: false,
    },
  });
  await world.prepare();
  await world.settle();
}, SLOW);

afterAll(async () => {
  await world.close();
  await environment.close();
});

/** Milliseconds until it is so. */
async function takes(until: () => boolean): Promise<number> {
  const from = clock.now();
  while (!until()) {
    if (clock.now() - from > 10 * POLL_MS) throw new Error('it never came');
    await clock.sleep(100);
  }
  return clock.now() - from;
}

describe('OPX-S2 a change in the source', () => {
  it('is in Twenty within two polling intervals of 15 s, a new record and a delete too, as the histogram shows', async () => {
    const polling = new AbortController();
    const polls = world.poll(polling.signal);
    for (const after of [1_000, 7_000, 14_500]) {
      await clock.sleep(after);
      const title = `Title ${after}`;
      environment.organisation.update('contact', contact, { jobtitle: title });
      expect(await takes(() => world.row('person', 'contact', contact).jobTitle === title)).toBeLessThanOrEqual(
        2 * POLL_MS,
      );
    }
    const { id } = environment.organisation.create('contact', { lastname: 'New', ownerid: owner });
    expect(await takes(() => world.has('person', 'contact', id))).toBeLessThanOrEqual(2 * POLL_MS);
    environment.organisation.remove('contact', id);
    expect(await takes(() => !world.has('person', 'contact', id))).toBeLessThanOrEqual(2 * POLL_MS);
    polling.abort();
    await polls;

    const metrics = await world.app.metrics.text();
    const counted = (name: string): number =>
      Number(new RegExp(`^changeover_sink_apply_seconds_${name} (\\d+)$`, 'm').exec(metrics)?.[1] ?? -1);
    // The five changes and the first load; all of them as quick as that.
    expect(counted('count\\{source="crm",object="contact"\\}')).toBeGreaterThanOrEqual(6);
    expect(counted('bucket\\{le="30",source="crm",object="contact"\\}')).toBe(
      counted('count\\{source="crm",object="contact"\\}'),
    );
  });
});
