import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { targetId } from '../core/identifiers.ts';
import { silentLogger } from '../core/logger.ts';
import { RateBudget } from './budget.ts';
import { checkFields } from './check.ts';
import { createTwenty, type TwentyClient } from './client.ts';
import { sameValue } from './normalise.ts';
import { toPhones } from './phones.ts';

const LOAD = { lane: 'load' } as const;

let sandbox: TwentySandbox;
let http: ClosableHttp;

beforeEach(async () => {
  sandbox = await startTwentySandbox({ limits: NO_LIMITS });
  http = createHttp({ credentialOrigins: [sandbox.url], connections: 4 });
});

afterEach(async () => {
  await http.close();
  await sandbox.close();
});

async function connect(apiKey = sandbox.token, timeoutMs = 5000): Promise<TwentyClient> {
  const clock = systemClock();
  const limit = { tokens: 1_000_000, windowMs: 60_000 };
  const budget = new RateBudget({ clock, initial: { tokens: 1_000_000, at: clock.now(), limit } });
  return createTwenty({ url: sandbox.url, apiKey, http, clock, budget, logger: silentLogger(), timeoutMs });
}

function companies(from: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: targetId(`demo/company/${from + index}`),
    fields: {
      name: `Company ${from + index}`,
      domainName: { primaryLinkUrl: `https://c${from + index}.example.com`, primaryLinkLabel: '', secondaryLinks: [] },
      position: from + index,
    },
  }));
}

describe('against a simulated 2.21.0', () => {
  it('creates, finds, counts, changes, deletes, restores and destroys', async () => {
    const client = await connect();
    const rows = companies(0, 200);
    const made = await client.create('company', rows, LOAD);
    if (made.kind !== 'written') throw new Error(JSON.stringify(made));
    expect(new Set(made.rows.map((row) => row.id))).toEqual(new Set(rows.map((row) => row.id)));
    expect(await client.count('company', LOAD)).toBe(200);
    const ids = rows.slice(0, 3).map((row) => row.id);
    const found = await client.find({
      object: 'company',
      by: { field: 'id', values: ids },
      fields: ['name', 'domainName'],
      deleted: false,
      ...LOAD,
    });
    expect(found.map((row) => row.name).sort()).toEqual(['Company 0', 'Company 1', 'Company 2']);
    const by = { field: 'domainName.primaryLinkUrl', values: ['https://c7.example.com', `no"such'one`] };
    expect(await client.find({ object: 'company', by, fields: [], deleted: true, ...LOAD })).toMatchObject([
      { id: rows[7]?.id, deletedAt: null },
    ]);

    const changed = await client.upsert('company', [{ id: ids[0] ?? '', fields: { name: 'New name' } }], LOAD);
    expect(changed).toMatchObject({ kind: 'written', rows: [{ id: ids[0], name: 'New name' }] });

    expect((await client.softDelete('company', ids, LOAD)).kind).toBe('written');
    expect(await client.count('company', LOAD)).toBe(197);
    expect(
      await client.find({ object: 'company', by: { field: 'id', values: ids }, fields: [], deleted: false, ...LOAD }),
    ).toEqual([]);
    const deleted = await client.find({
      object: 'company',
      by: { field: 'id', values: ids },
      fields: [],
      deleted: true,
      ...LOAD,
    });
    expect(deleted.every((row) => typeof row.deletedAt === 'string')).toBe(true);
    expect(deleted).toHaveLength(3);
    expect((await client.restore('company', ids, LOAD)).kind).toBe('written');
    expect(await client.count('company', LOAD)).toBe(200);
    expect((await client.destroy('company', ids, LOAD)).kind).toBe('written');
    expect(
      await client.find({ object: 'company', by: { field: 'id', values: ids }, fields: [], deleted: true, ...LOAD }),
    ).toEqual([]);
  });

  it('scans every row once, whatever the page size, and only what changed since', async () => {
    const client = await connect();
    await client.create('company', companies(0, 130), LOAD);
    await client.softDelete('company', [companies(5, 1)[0]?.id ?? ''], LOAD);
    const scan = async (deleted: boolean, updatedSince?: string) => {
      const pages: number[] = [];
      const names: unknown[] = [];
      for await (const page of client.scan({
        object: 'company',
        fields: ['name'],
        deleted,
        pageSize: 50,
        lane: 'verify',
        ...(updatedSince === undefined ? {} : { updatedSince }),
      })) {
        pages.push(page.length);
        names.push(...page.map((row) => row.name));
      }
      expect(new Set(names).size).toBe(names.length);
      return pages;
    };
    expect(await scan(true)).toEqual([50, 50, 30]);
    expect(await scan(false)).toEqual([50, 50, 29]);
    expect(await scan(false, '2999-01-01T00:00:00.000Z')).toEqual([]);
  });

  it('members of a workspace of more than one page', async () => {
    sandbox.addMembers(
      Array.from({ length: 250 }, (_, index) => ({
        firstName: `M${index}`,
        lastName: 'X',
        email: `M${index}@Example.com`,
      })),
    );
    const members = await (await connect()).members(LOAD);
    expect(members).toHaveLength(251);
    expect(members.find((member) => member.name === 'M249 X')?.email).toBe('m249@example.com');
  });

  it('reads back every kind of field that it can write, in the form it wrote', async () => {
    const client = await connect();
    const object = client.workspace().objects.get('person');
    if (object === undefined) throw new Error('no person');
    const fields = {
      name: { firstName: 'Ada', lastName: 'Example' },
      emails: { primaryEmail: 'Ada@Example.com', additionalEmails: ['b@example.com'] },
      phones: toPhones('+44 20 7123 4567', null).value,
      linkedinLink: { primaryLinkUrl: 'https://LinkedIn.com/in/ada/', primaryLinkLabel: 'Ada', secondaryLinks: [] },
      createdAt: '2019-05-06T07:08:09.000Z',
      position: 3,
    };
    expect(checkFields(object, fields, true)).toEqual([]);
    await client.create('person', [{ id: targetId('p'), fields }], LOAD);
    const by = { field: 'emails.primaryEmail', values: ['ada@example.com'] };
    const [read] = await client.find({ object: 'person', by, fields: Object.keys(fields), deleted: false, ...LOAD });
    for (const [name, value] of Object.entries(fields)) {
      const field = object.fields.get(name);
      expect(field !== undefined && sameValue(field, value, read?.[name]), name).toBe(true);
    }
    const attachment = { id: targetId('a'), fields: { name: 'x', targetPersonId: targetId('p') } };
    await client.create('attachment', [attachment], LOAD);
    const files = { field: 'targetPersonId', values: [targetId('p')] };
    expect(
      await client.find({
        object: 'attachment',
        by: files,
        fields: ['file', 'target', 'createdBy'],
        deleted: false,
        ...LOAD,
      }),
    ).toMatchObject([{ id: targetId('a'), targetPersonId: targetId('p'), createdBy: { source: 'API' } }]);
  });

  it('TW-3 a create on a taken or soft-deleted value is refused, not done to a stranger', async () => {
    const client = await connect();
    const [first, second] = companies(0, 2);
    if (first === undefined || second === undefined) throw new Error('two companies');
    await client.create('company', [first], LOAD);
    await client.softDelete('company', [first.id], LOAD);
    const taken = { id: second.id, fields: first.fields };
    expect(await client.create('company', [taken], LOAD)).toMatchObject({
      kind: 'refused',
      reason: 'duplicate',
      partial: false,
    });
    expect(await client.count('company', LOAD)).toBe(0);
  });

  it('whatever is refused has its reason', async () => {
    const client = await connect();
    const one = companies(0, 1)[0];
    if (one === undefined) throw new Error('a company');
    const person = (fields: Record<string, string | null>) =>
      client.upsert('person', [{ id: targetId('p'), fields }], LOAD);
    expect(await person({ nope: 'x' })).toMatchObject({ kind: 'refused', reason: 'unknown-field' });
    expect(await person({ companyId: targetId('nobody') })).toMatchObject({ kind: 'refused', reason: 'foreign-key' });
    expect(await person({ companyId: 'abc' })).toMatchObject({ kind: 'refused', reason: 'bad-value' });
    expect(await person({ jobTitle: 'a\0b' })).toMatchObject({ kind: 'refused', reason: 'bad-value' });
    const opportunity = await client.create(
      'opportunity',
      [{ id: targetId('o'), fields: { name: 'x', stage: 'NOPE' } }],
      LOAD,
    );
    expect(opportunity).toMatchObject({ kind: 'refused', reason: 'bad-option' });
    const url = { primaryLinkUrl: 'no url', primaryLinkLabel: '', secondaryLinks: [] };
    expect(await client.create('company', [{ ...one, fields: { domainName: url } }], LOAD)).toMatchObject({
      kind: 'refused',
      reason: 'bad-value',
    });
    const member = { id: targetId('m'), fields: { userEmail: 'new@example.com' } };
    expect(await client.create('workspaceMember', [member], LOAD)).toMatchObject({
      kind: 'refused',
      reason: 'unauthorized',
    });
  });

  it('throttling, outages and lost answers are told apart', async () => {
    const client = await connect();
    sandbox.setLimits({ short: null, long: { tokens: 1, windowMs: 60_000 } });
    await client.count('company', LOAD);
    const throttled = await client.create('company', companies(0, 1), LOAD);
    expect(throttled.kind).toBe('throttled');
    sandbox.setLimits(NO_LIMITS);
    // Its end is waited for below; a busy machine must be able to answer within it.
    const again = await connect(sandbox.token, 2_000);
    sandbox.fault({ match: { operation: 'createMany' }, fail: 503, count: 1 });
    expect(await again.create('company', companies(0, 1), LOAD)).toMatchObject({ kind: 'outage' });
    sandbox.fault({ match: { operation: 'createMany' }, fail: 'answerLost', count: 1 });
    expect(await again.create('company', companies(0, 1), LOAD)).toMatchObject({ kind: 'unanswered' });
    expect(await again.count('company', LOAD)).toBe(1);
    const release = Promise.withResolvers<void>();
    sandbox.fault({ match: { operation: 'createMany' }, hold: () => release.promise, count: 1 });
    expect(await again.create('company', companies(1, 1), LOAD)).toMatchObject({
      kind: 'unanswered',
      message: expect.stringContaining('2000 ms'),
    });
    release.resolve();
    await sandbox.close();
    expect(await again.create('company', companies(2, 1), LOAD)).toMatchObject({ kind: 'outage' });
    sandbox = await startTwentySandbox({ limits: NO_LIMITS });
  });

  it('a wrong key is refused by its own code, at the first call', async () => {
    await expect(connect('not-a-key')).rejects.toMatchObject({ code: 'TWENTY_TOKEN_REFUSED' });
    const [head, body] = sandbox.token.split('.');
    await expect(connect(`${head}.${body}.bm90LXRoZS1rZXk`)).rejects.toMatchObject({ code: 'TWENTY_TOKEN_REFUSED' });
  });
});
