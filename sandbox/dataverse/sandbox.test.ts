import type { DynamicsWebApi } from 'dynamics-web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type DataverseSandbox, type DataverseSandboxOptions, startDataverseSandbox } from './index.ts';
import { text } from './model/columns.ts';
import { IDENTITY } from './store/identity.ts';
import { clientOf, tokenOf } from './testing.ts';

/** The simulator, used by a client that others wrote, unchanged. */

let sandbox: DataverseSandbox;
let client: DynamicsWebApi;
const clock = (): SimulatedClock => new SimulatedClock({ automatic: false, start: Date.UTC(2026, 2, 4, 9) });
let time: SimulatedClock;

async function start(options: DataverseSandboxOptions = {}): Promise<void> {
  time = clock();
  sandbox = await startDataverseSandbox({ clock: time, random: seededRandom(1), ...options });
  client = clientOf(sandbox);
}

beforeEach(() => start());
afterEach(() => sandbox.close());

async function again(options: DataverseSandboxOptions): Promise<void> {
  await sandbox.close();
  await start(options);
}

const account = (name: string): string => sandbox.organisation.create('account', { name }).id;

function accounts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => account(`Account ${String(index).padStart(3, '0')}`));
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${await tokenOf(sandbox)}`;
  return fetch(`${sandbox.url}/api/data/v9.2/${path}`, { headers: { authorization, ...headers }, redirect: 'manual' });
}

interface Rows {
  readonly value: Readonly<Record<string, unknown>>[];
  readonly oDataDeltaLink: string;
}

async function trackedRead(link?: string): Promise<Rows> {
  const request = { collection: 'accounts', select: ['name'], trackChanges: true };
  return (await client.retrieveMultiple(request, link)) as unknown as Rows;
}

function tokenRequest(changes: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${sandbox.url}/${changes.tenant ?? sandbox.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sandbox.clientId,
      client_secret: sandbox.secret,
      scope: `${sandbox.url}/.default`,
      ...changes,
    }),
  });
}

describe('dynamics-web-api', () => {
  it('creates, retrieves, updates, upserts and deletes', async () => {
    const id = (await client.create({ collection: 'accounts', data: { name: 'Ada Ltd' } })) as unknown as string;
    await client.update({ collection: 'accounts', key: id, data: { telephone1: '+44 1' } });
    expect(await client.retrieve({ collection: 'accounts', key: id, select: ['name', 'telephone1'] })).toMatchObject({
      name: 'Ada Ltd',
      telephone1: '+44 1',
      accountid: id,
    });
    await client.deleteRecord({ collection: 'accounts', key: id });
    await expect(client.retrieve({ collection: 'accounts', key: id })).rejects.toMatchObject({
      status: 404,
      code: '0x80040217',
    });
  });

  it('pages through all rows, by the preference on every page', async () => {
    accounts(23);
    const all = await client.retrieveAll({ collection: 'accounts', select: ['name'], maxPageSize: 5 });
    expect(all.value).toHaveLength(23);
    expect(new Set(all.value.map(({ accountid }) => accountid)).size).toBe(23);
    const pages = sandbox.calls().filter(({ url }) => url.includes('/accounts'));
    expect(pages).toHaveLength(5);
    expect(pages.every(({ prefer }) => prefer?.includes('odata.maxpagesize=5'))).toBe(true);
  });

  it('filters, orders, expands and counts', async () => {
    const parent = account('Parent');
    sandbox.organisation.create('contact', {
      lastname: 'Archer',
      firstname: 'Ann',
      parentcustomerid: { id: parent, table: 'account' },
    });
    const found = await client.retrieveMultiple({
      collection: 'contacts',
      select: ['fullname', '_parentcustomerid_value'],
      filter: "lastname eq 'Archer' and statecode eq 0",
      orderBy: ['fullname desc'],
      expand: [{ property: 'parentcustomerid_account', select: ['name'] }],
      count: true,
      includeAnnotations: '*',
    });
    expect(found.value[0]).toMatchObject({
      fullname: 'Ann Archer',
      '_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'account',
      parentcustomerid_account: { name: 'Parent' },
    });
    expect(await client.count({ collection: 'contacts' })).toBe(1);
  });

  it('follows changes and deletes by the delta link, with its token as it was given', async () => {
    const [first = '', second = ''] = accounts(2);
    const initial = await trackedRead();
    expect(initial.value).toHaveLength(2);
    sandbox.organisation.update('account', first, { name: 'Renamed' });
    sandbox.organisation.remove('account', second);
    const delta = await trackedRead(initial.oDataDeltaLink);
    expect(delta.value).toMatchObject([
      { accountid: first, name: 'Renamed' },
      { '@odata.context': expect.stringMatching(/#accounts\/\$deletedEntity$/), id: second, reason: 'deleted' },
    ]);
    const nothing = await trackedRead(delta.oDataDeltaLink);
    expect(nothing.value).toEqual([]);
    expect(sandbox.calls().some(({ url }) => /\$deltatoken=\d+%21/.test(url))).toBe(true);
  });

  it('is told by code 0x80044352 that a delta token expired, whatever the status', async () => {
    for (const expiredStatus of [400, 410] as const) {
      await again({ switches: { expiredStatus } });
      account('Ada');
      const { oDataDeltaLink: deltaLink } = await trackedRead();
      sandbox.expireTracking('account');
      await expect(trackedRead(deltaLink)).rejects.toMatchObject({ status: expiredStatus, code: '0x80044352' });
    }
  });

  it('reads entities, attributes of a type with their options, and relationships', async () => {
    const entities = await client.retrieveEntities({
      select: ['LogicalName', 'EntitySetName', 'ChangeTrackingEnabled'],
    });
    expect(entities.value).toContainEqual(
      expect.objectContaining({
        LogicalName: 'opportunity',
        EntitySetName: 'opportunities',
        ChangeTrackingEnabled: true,
      }),
    );
    const key = entities.value.find(({ LogicalName }) => LogicalName === 'account')?.MetadataId ?? '';
    const choices = await client.retrieveAttributes({
      entityKey: key,
      castType: 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
      select: ['LogicalName'],
      expand: [{ property: 'OptionSet' }],
    });
    const segment = choices.value.find(({ LogicalName }) => LogicalName === 'opx_segment') as unknown as {
      OptionSet: { Options: { Value: number; Label: { UserLocalizedLabel: { Label: string } } }[] };
    };
    expect(segment.OptionSet.Options[0]).toMatchObject({
      Value: 100_000_000,
      Label: { UserLocalizedLabel: { Label: 'Key' } },
    });
  });

  it('learns of a limit by status, code and Retry-After', async () => {
    await again({ limits: { requests: 2, executionSeconds: 1_200, concurrent: 52, windowSeconds: 300 } });
    const read = (): Promise<unknown> => client.retrieveMultiple({ collection: 'accounts', select: ['name'] });
    await read();
    await read();
    await expect(read()).rejects.toMatchObject({ status: 429, code: '0x80072322' });
    await time.advance(301_000);
    await expect(read()).resolves.toBeDefined();
  });
});

describe('access', () => {
  it('gives a token for a while, and none for a wrong secret, client, tenant or scope', async () => {
    const good = await tokenRequest({});
    expect(await good.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3_599 });
    expect((await tokenRequest({ client_secret: 'wrong' })).status).toBe(401);
    expect((await tokenRequest({ client_id: 'wrong' })).status).toBe(400);
    expect((await tokenRequest({ tenant: 'wrong' })).status).toBe(400);
    expect((await tokenRequest({ scope: 'https://other.example/.default' })).status).toBe(400);
  });

  it('refuses a token that has expired', async () => {
    const authorization = `Bearer ${await tokenOf(sandbox)}`;
    const read = (): Promise<Response> => fetch(`${sandbox.url}/api/data/v9.2/WhoAmI`, { headers: { authorization } });
    expect((await read()).status).toBe(200);
    await time.advance(3_600_000);
    expect((await read()).status).toBe(401);
  });

  it('refuses a registration that is no application user, and a table that its role lacks', async () => {
    sandbox.allow('lead', 'none');
    const lead = await get('leads?$select=subject');
    expect(lead.status).toBe(403);
    expect(await lead.json()).toMatchObject({ error: { code: '0x80048306' } });
    sandbox.access.applicationUser = false;
    const any = await get('WhoAmI');
    expect(await any.json()).toMatchObject({ error: { code: '0x80072560' } });
  });

  it('tracks a table only for who reads all of it', async () => {
    sandbox.allow('account', 'user');
    await expect(trackedRead()).rejects.toMatchObject({ status: 403 });
  });
});

describe('the service', () => {
  it('lists its tables, and describes them as CSDL', async () => {
    const { value } = (await (await get('')).json()) as { value: { name: string }[] };
    expect(value.map(({ name }) => name)).toContain('activityparties');
    const metadata = await (await get('$metadata?annotations=true')).text();
    expect(metadata).toContain('<EntityType Name="opportunity"');
    expect(metadata).toContain('Org.OData.Capabilities.V1.ChangeTracking');
  });

  it('refuses what change tracking cannot do', async () => {
    account('Ada');
    const answer = await get('accounts?$filter=name%20eq%20%27Ada%27', { prefer: 'odata.track-changes' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("isn't supported when Change Tracking is enabled");
  });

  it('expires delta tokens by age and when a definition changes', async () => {
    account('Ada');
    const { oDataDeltaLink: deltaLink } = await trackedRead();
    await time.advance(8 * 86_400_000);
    await expect(trackedRead(deltaLink)).rejects.toMatchObject({ code: '0x80044352' });
    const fresh = await trackedRead();
    sandbox.alter({ kind: 'addColumn', table: 'account', column: text('opx_new', 'New') });
    await expect(trackedRead(fresh.oDataDeltaLink)).rejects.toMatchObject({ code: '0x80044352' });
  });

  it('counts changes since a token without giving them', async () => {
    const [first = ''] = accounts(3);
    const { oDataDeltaLink: deltaLink } = await trackedRead();
    sandbox.organisation.remove('account', first);
    const token = /\$deltatoken=([^&]+)/.exec(deltaLink)?.[1];
    expect(await (await get(`accounts/$count?$deltatoken=${token}`)).text()).toBe('1');
  });

  it('gives files whole and in blocks', async () => {
    const parent = account('Ada');
    const note = sandbox.organisation.create('annotation', {
      subject: 'Plan',
      objectid: { id: parent, table: 'account' },
    });
    const content = { kind: 'made', size: 10_000_000, seed: 7, head: new Uint8Array() } as const;
    sandbox.organisation.attach('annotation', note.id, 'documentbody', 'plan.bin', 'application/octet-stream', content);
    const whole = Buffer.from(await (await get(`annotations(${note.id})/documentbody/$value`)).text(), 'base64');
    expect(whole).toHaveLength(10_000_000);
    const authorization = `Bearer ${await tokenOf(sandbox)}`;
    const post = async (action: string, body: unknown): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${sandbox.url}/api/data/v9.2/${action}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    const begun = await post('InitializeAnnotationBlocksDownload', {
      Target: { annotationid: note.id, '@odata.type': 'Microsoft.Dynamics.CRM.annotation' },
    });
    expect(begun).toMatchObject({ FileSizeInBytes: 10_000_000, FileName: 'plan.bin' });
    const blocks: Buffer[] = [];
    for (let offset = 0; offset < 10_000_000; offset += 4_194_304) {
      const block = await post('DownloadBlock', {
        Offset: offset,
        BlockLength: 4_194_304,
        FileContinuationToken: begun.FileContinuationToken,
      });
      blocks.push(Buffer.from(String(block.Data), 'base64'));
    }
    expect(Buffer.concat(blocks).equals(whole)).toBe(true);
  });

  it('says which user it takes the caller for', async () => {
    expect(await (await get('WhoAmI')).json()).toMatchObject({ UserId: IDENTITY.applicationUser });
  });
});

describe('faults on demand', () => {
  it.each([
    [{ kind: 'html', status: 200 }, /^<!DOCTYPE html>/],
    [
      { kind: 'foreignLinks', origin: 'http://elsewhere.example' },
      /"@odata.nextLink":"http:\/\/elsewhere.example\/api/,
    ],
  ] as const)('%o', async (fault, expected) => {
    accounts(3);
    sandbox.fault({ fault, match: /\/accounts/ });
    expect(await (await get('accounts', { prefer: 'odata.maxpagesize=2' })).text()).toMatch(expected);
  });

  it('break answers off, lose links and cut connections', async () => {
    accounts(3);
    const read = (): Promise<Response> => get('accounts', { prefer: 'odata.maxpagesize=2' });
    sandbox.fault({ fault: { kind: 'truncated' }, count: 1 });
    const broken = await (await read()).text();
    expect(() => JSON.parse(broken)).toThrow();
    sandbox.fault({ fault: { kind: 'noLinks' }, count: 1 });
    expect(await (await read()).json()).not.toHaveProperty(['@odata.nextLink']);
    sandbox.fault({ fault: { kind: 'drop' }, count: 1 });
    await expect(read()).rejects.toThrow();
    expect(await (await read()).json()).toHaveProperty(['@odata.nextLink']);
  });

  it('throttle a share of the calls, with Retry-After in either form', async () => {
    await again({ switches: { retryAfter: 'date' } });
    sandbox.fault({ fault: { kind: 'throttle', limit: 'concurrency', seconds: [1, 30] }, rate: 1 / 3 });
    let refused = 0;
    for (let call = 0; call < 60; call += 1) {
      const answer = await get('WhoAmI');
      if (answer.status !== 429) continue;
      refused += 1;
      const wait = Date.parse(answer.headers.get('retry-after') ?? '') - time.now();
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(30_000);
    }
    expect(refused).toBeGreaterThan(8);
    expect(refused).toBeLessThan(35);
  });
});
