import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { type ClosableHttp, createHttp } from '../../../src/core/http.ts';
import { targetId } from '../../../src/core/identifiers.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Clock } from '../../../src/core/ports.ts';
import { RateBudget } from '../../../src/twenty/budget.ts';
import { createTwenty, type TwentyClient } from '../../../src/twenty/client.ts';
import { bodyField, linkColumn } from '../../../src/twenty/selection.ts';
import {
  NO_LIMITS,
  startTwentySandbox,
  THROTTLING_FORMS,
  type TwentySandbox,
  type TwentySandboxOptions,
  VERSIONS,
} from '../index.ts';

const LOAD = { lane: 'load' } as const;

interface Open {
  readonly sandbox: TwentySandbox;
  readonly http: ClosableHttp;
  readonly budget: RateBudget;
  readonly client: TwentyClient;
  /** Puts the client's clock forward. */
  readonly later: (ms: number) => void;
}

let open: Open | undefined;

afterEach(async () => {
  await open?.http.close();
  await open?.sandbox.close();
  open = undefined;
});

async function start(options: TwentySandboxOptions): Promise<Open> {
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, ...options });
  const http = createHttp({ credentialOrigins: [sandbox.url], connections: 8 });
  const system = systemClock();
  let ahead = 0;
  const clock: Clock = {
    now: () => system.now() + ahead,
    monotonic: () => system.monotonic(),
    sleep: (ms, signal) => system.sleep(ms, signal),
  };
  const limit = { tokens: 10_000, windowMs: 60_000 };
  const budget = new RateBudget({ clock, initial: { tokens: 10_000, at: clock.now(), limit } });
  const logger = silentLogger();
  const client = await createTwenty({ url: sandbox.url, apiKey: sandbox.token, http, clock, budget, logger });
  const later = (ms: number) => {
    ahead += ms;
  };
  open = { sandbox, http, budget, client, later };
  return open;
}

const fieldsOf = (client: TwentyClient, object: string) => client.workspace().objects.get(object)?.fields;

describe('TW-7 each version is read as it is', () => {
  it.each(VERSIONS)('%s: what it has and has not, and how its links and bodies are called', async (version) => {
    const { client } = await start({ version });
    const old = version === '1.x';
    expect(fieldsOf(client, 'company')?.has('employees')).toBe(old);
    expect(fieldsOf(client, 'person')?.has('city')).toBe(old);
    expect(fieldsOf(client, 'attachment')?.has('file')).toBe(!old);
    expect(fieldsOf(client, 'attachment')?.has('fullPath')).toBe(true);
    for (const [name, columns] of [
      ['noteTarget', ['personId', 'targetPersonId']],
      ['taskTarget', ['personId', 'targetPersonId']],
      ['attachment', ['personId', 'targetPersonId']],
    ] as const) {
      const object = client.workspace().objects.get(name);
      expect(object === undefined ? undefined : linkColumn(object, 'person')).toBe(columns[old ? 0 : 1]);
    }
    const note = client.workspace().objects.get('note');
    expect(note === undefined ? undefined : bodyField(note)).toMatchObject({ name: 'bodyV2', type: 'RICH_TEXT' });
    expect(fieldsOf(client, 'person')?.get('noteTargets')?.relation).toMatchObject({
      type: 'ONE_TO_MANY',
      targets: ['noteTarget'],
    });
  });

  it.each(VERSIONS)('%s: the same model by REST, in that version’s answer form', async (version) => {
    const { client, sandbox } = await start({ version });
    const byGraphql = client.workspace();
    sandbox.fault({ match: { request: 'POST /metadata' }, fail: 404, count: 1 });
    const byRest = await client.refresh();
    expect([...byRest.objects.keys()].sort()).toEqual([...byGraphql.objects.keys()].sort());
    for (const [name, object] of byRest.objects) {
      expect([...object.fields.keys()], name).toEqual([...(byGraphql.objects.get(name)?.fields.keys() ?? [])]);
    }
  });

  it.each(VERSIONS)('%s: a note is linked, kept in a file, and found again', async (version) => {
    const { client } = await start({ version });
    const link = client.workspace().objects.get('noteTarget');
    const column = link === undefined ? '' : (linkColumn(link, 'company') ?? '');
    const ids = { company: targetId('c'), note: targetId('n'), link: targetId('l') };
    expect(await client.create('company', [{ id: ids.company, fields: { name: 'Acme' } }], LOAD)).toMatchObject({
      kind: 'written',
    });
    const body = { markdown: 'Hello', blocknote: null };
    await client.create('note', [{ id: ids.note, fields: { title: 'Hi', bodyV2: body } }], LOAD);
    const made = await client.create(
      'noteTarget',
      [{ id: ids.link, fields: { noteId: ids.note, [column]: ids.company } }],
      LOAD,
    );
    expect(made).toMatchObject({ kind: 'written', rows: [{ [column]: ids.company }] });
    const by = { field: column, values: [ids.company] };
    expect(await client.find({ object: 'noteTarget', by, fields: ['noteId'], deleted: false, ...LOAD })).toMatchObject([
      { id: ids.link, noteId: ids.note },
    ]);
  });

  it('2.43 keeps domains of e-mails in ASCII and those of companies bare', async () => {
    const { client } = await start({ version: '2.43' });
    const links = (url: string) => ({ primaryLinkUrl: url, primaryLinkLabel: '', secondaryLinks: [] });
    await client.create('company', [{ id: targetId('c'), fields: { domainName: links('https://ACME.com/x') } }], LOAD);
    const emails = { primaryEmail: 'A@Müller.de', additionalEmails: [] };
    await client.create('person', [{ id: targetId('p'), fields: { emails } }], LOAD);
    const read = (object: string, id: string, field: string) =>
      client.find({ object, by: { field: 'id', values: [id] }, fields: [field], deleted: false, ...LOAD });
    expect(await read('company', targetId('c'), 'domainName')).toMatchObject([
      { domainName: { primaryLinkUrl: 'acme.com' } },
    ]);
    expect(await read('person', targetId('p'), 'emails')).toMatchObject([
      { emails: { primaryEmail: 'a@xn--mller-kva.de' } },
    ]);
  });
});

describe('TW-2 the batch size of a workspace is found by one call, however many are made at once', () => {
  const rows = (count: number, from: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: targetId(`c${from + index}`),
      fields: { name: 'x', position: index },
    }));

  it('1.x takes 60', async () => {
    const { client, sandbox } = await start({ version: '1.x' });
    sandbox.clearCalls();
    const outcomes = await Promise.all(
      [0, 200, 400, 600].map((from) => client.create('company', rows(200, from), LOAD)),
    );
    expect(outcomes.map((outcome) => outcome.kind === 'refused' && outcome.reason)).toEqual(
      Array.from({ length: 4 }, () => 'too-many'),
    );
    expect(sandbox.calls()).toHaveLength(1);
    expect(client.batchSize()).toBe(60);
    expect(await client.create('company', rows(60, 0), LOAD)).toMatchObject({ kind: 'written' });
  });

  it('2.21 takes 200, and no call is refused on the way', async () => {
    const { client, sandbox } = await start({ version: '2.21' });
    sandbox.clearCalls();
    const outcomes = await Promise.all([0, 200, 400].map((from) => client.create('company', rows(200, from), LOAD)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'written', 'written']);
    expect(sandbox.calls()).toHaveLength(3);
  });
});

describe('TW-2 throttling is recognised in each of its forms, by REST and by GraphQL', () => {
  it.each(THROTTLING_FORMS)('%s', async (throttling) => {
    const { client, sandbox, budget } = await start({ throttling });
    sandbox.setLimits({ short: null, long: { tokens: 7, windowMs: 3_600_000 } });
    sandbox.engine.limiter.drain(sandbox.engine.clock.now());
    const row = { id: targetId('c'), fields: { name: 'x' } };
    const rest = await client.create('company', [row], LOAD);
    expect(rest).toMatchObject({ kind: 'throttled' });
    expect(budget.state().refusals).toEqual({ [throttling === 'limit-reached-400' ? 'status 400' : 'status 429']: 1 });
    expect(budget.limit()).toEqual({ tokens: 7, windowMs: 3_600_000 });
    expect(sandbox.dump('company')).toEqual([]);
  });

  it.each(THROTTLING_FORMS)('%s within a 200 of GraphQL', async (throttling) => {
    const { sandbox, budget, client } = await start({ throttling });
    sandbox.setLimits({ short: null, long: { tokens: 7, windowMs: 3_600_000 } });
    sandbox.engine.limiter.drain(sandbox.engine.clock.now());
    sandbox.clearCalls();
    expect(await client.softDelete('company', [targetId('c')], LOAD)).toMatchObject({ kind: 'throttled' });
    expect(sandbox.calls()).toMatchObject([{ status: 200 }]);
    const forms = {
      'limit-reached-400': 'LIMIT_REACHED',
      'limit-reached-429': 'LIMIT_REACHED',
      'rate-limited-429': 'RATE_LIMITED',
      'rate-limited-429-and-headers': 'RATE_LIMITED',
    } as const;
    expect(budget.state().refusals).toEqual({ [forms[throttling]]: 1 });
    expect(budget.limit().tokens).toBe(7);
  });

  it('the headers of granted answers teach the limit before anything is refused', async () => {
    const { client, sandbox, budget } = await start({ throttling: 'rate-limited-429-and-headers' });
    sandbox.setLimits({ short: null, long: { tokens: 50, windowMs: 60_000 } });
    await client.create('company', [{ id: targetId('c'), fields: { name: 'x' } }], LOAD);
    expect(budget.limit()).toEqual({ tokens: 50, windowMs: 60_000 });
    expect(budget.remaining()).toBeLessThanOrEqual(49);
    expect(budget.state().refusals).toEqual({});
  });
});

describe('the model is read again when a call says that it changed', () => {
  it('a field that somebody removed is gone from memory after one refusal, and the model is not read for each', async () => {
    const { client, sandbox, later } = await start({});
    const company = sandbox.engine.model.object('company');
    if (company === undefined) throw new Error('no company');
    const fields = company.fields.filter(({ name }) => name !== 'annualRevenue');
    sandbox.engine.model.put({ ...company, fields });
    const annualRevenue = { amountMicros: 1, currencyCode: 'EUR' };
    const write = () => client.create('company', [{ id: targetId('c'), fields: { annualRevenue } }], LOAD);
    later(60_000);
    expect(fieldsOf(client, 'company')?.has('annualRevenue')).toBe(true);
    sandbox.clearCalls();
    const outcomes = await Promise.all([write(), write(), write()]);
    expect(outcomes.map((outcome) => outcome.kind === 'refused' && outcome.reason)).toEqual(
      Array.from({ length: 3 }, () => 'unknown-field'),
    );
    expect(fieldsOf(client, 'company')?.has('annualRevenue')).toBe(false);
    await write();
    expect(sandbox.calls().filter(({ api }) => api === 'metadata')).toHaveLength(1);
  });

  it('a read of a removed object says so, and the next plan knows', async () => {
    const { client, sandbox, later } = await start({});
    sandbox.engine.model.remove('dashboard');
    later(60_000);
    await expect(client.count('dashboard', LOAD)).rejects.toMatchObject({ code: 'TWENTY_SCHEMA_CHANGED' });
    await expect(client.count('dashboard', LOAD)).rejects.toMatchObject({ code: 'TWENTY_UNKNOWN_OBJECT' });
  });
});
