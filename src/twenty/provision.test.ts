import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { targetId } from '../core/identifiers.ts';
import { silentLogger } from '../core/logger.ts';
import { RateBudget } from './budget.ts';
import { createTwenty, type TwentyClient } from './client.ts';
import type { DesiredField, DesiredModel } from './desired.ts';
import {
  applyProvision,
  checkDeployment,
  countRisks,
  planProvision,
  provisionGuide,
  SYNC_FIELD_NAMES,
  verifyProvision,
} from './provision.ts';
import { withNewOptions } from './provision-apply.ts';

const DEPLOYMENT = 'acme-2026';
const LOAD = { lane: 'load' } as const;

let sandbox: TwentySandbox;
let http: ClosableHttp;
let client: TwentyClient;

beforeEach(async () => {
  sandbox = await startTwentySandbox({ limits: NO_LIMITS });
  http = createHttp({ credentialOrigins: [sandbox.url] });
  client = await connect(sandbox.token);
});

afterEach(async () => {
  await http.close();
  await sandbox.close();
});

function connect(apiKey: string): Promise<TwentyClient> {
  const clock = systemClock();
  const limit = { tokens: 1_000_000, windowMs: 60_000 };
  const budget = new RateBudget({ clock, initial: { tokens: 1_000_000, at: clock.now(), limit } });
  return createTwenty({ url: sandbox.url, apiKey, http, clock, budget, logger: silentLogger() });
}

function context() {
  return { client, clock: systemClock(), logger: silentLogger() };
}

function wish(more: Partial<DesiredModel> = {}): DesiredModel {
  return { objects: [], fields: [], options: [], synced: [], ...more };
}

function field(more: Partial<DesiredField>): DesiredField {
  return {
    object: 'person',
    name: 'leadSource',
    label: 'Lead source',
    type: 'TEXT',
    because: 'contacts.csv, Lead source',
    ...more,
  };
}

const OPTIONS = [
  { value: 'WEB', label: 'Web' },
  { value: 'FAIR', label: 'Fair' },
];

const WHOLE: DesiredModel = wish({
  objects: [
    {
      nameSingular: 'supportCase',
      namePlural: 'supportCases',
      labelSingular: 'Support case',
      labelPlural: 'Support cases',
      icon: 'IconTicket',
      description: 'Tickets of the old system',
    },
  ],
  fields: [
    field({
      object: 'supportCase',
      name: 'contact',
      label: 'Contact',
      type: 'RELATION',
      relation: { target: 'person', reverseLabel: 'Support cases' },
    }),
    field({
      object: 'company',
      name: 'parentCompany',
      label: 'Parent company',
      type: 'RELATION',
      relation: { target: 'company', reverseLabel: 'Child companies' },
    }),
    field({ type: 'SELECT', options: OPTIONS }),
    field({ name: 'tagList', label: 'Tags', type: 'MULTI_SELECT', options: OPTIONS }),
    field({ object: 'task', name: 'taskType', label: 'Type', type: 'SELECT', options: OPTIONS, defaultValue: "'WEB'" }),
    field({
      object: 'company',
      name: 'employees',
      label: 'Employees',
      type: 'NUMBER',
      settings: { type: 'number', dataType: 'int', decimals: 0 },
    }),
  ],
  options: [
    {
      object: 'opportunity',
      field: 'stage',
      options: [
        { value: 'ON_HOLD', label: 'On hold' },
        { value: 'NEW', label: 'New' },
      ],
      because: 'stages',
    },
  ],
  synced: ['company', 'person', 'supportCase'],
});

describe('ALL-5 provisioning before the first record moves', () => {
  it('says of every change what it may touch and what cannot be taken back', () => {
    const plan = planProvision(
      client.workspace(),
      wish({
        objects: [
          {
            nameSingular: 'ticket',
            namePlural: 'tickets',
            labelSingular: 'Ticket',
            labelPlural: 'Tickets',
            icon: 'IconTicket',
            description: 'tickets.csv',
          },
        ],
        fields: [
          field({ name: 'leadSource' }),
          field({ name: 'sourceCode', isUnique: true }),
          field({
            name: 'referrer',
            type: 'RELATION',
            relation: { target: 'company', reverseLabel: 'Referred people' },
          }),
          field({ object: 'ticket', name: 'code', isUnique: true }),
        ],
        options: [
          {
            object: 'opportunity',
            field: 'stage',
            options: [{ value: 'WON_LATE', label: 'Won late' }],
            because: 'deals',
          },
        ],
      }),
      DEPLOYMENT,
    );
    expect(plan.conflicts).toEqual([]);
    const risks = new Map(
      plan.changes.map((change) => {
        const name = change.kind === 'create-object' ? change.object.nameSingular : '';
        return [change.kind === 'create-field' ? change.field.name : name || 'stage', change.risk];
      }),
    );
    expect(risks.get('leadSource')).toEqual({ kind: 'none' });
    // Nobody has a record of an object that is made with it.
    expect(risks.get('code')).toEqual({ kind: 'none' });
    expect(risks.get('ticket')).toMatchObject({ kind: 'touches', what: expect.stringContaining('noteTarget') });
    expect(risks.get('sourceCode')).toMatchObject({
      kind: 'touches',
      what: expect.stringContaining('same sourceCode'),
    });
    expect(risks.get('referrer')).toMatchObject({
      kind: 'touches',
      what: expect.stringMatching(/person and company wait.*Referred people/),
    });
    expect(risks.get('stage')).toMatchObject({ kind: 'lasting', what: expect.stringContaining('fall to the default') });
    expect(countRisks(plan.changes)).toEqual({ none: 2, touches: 3, lasting: 1 });
    const guide = provisionGuide(plan);
    expect(guide).toContain('**Cannot be taken back:** opportunity waits');
    expect(guide).toContain('May touch: person waits while the index is built');
  });

  it('makes what is missing, in an order that works, and a second run changes nothing', async () => {
    const plan = planProvision(client.workspace(), WHOLE, DEPLOYMENT);
    expect(plan.conflicts).toEqual([]);
    expect(plan.changes).toHaveLength(1 + 6 + 3 * SYNC_FIELD_NAMES.length + 1);
    const result = await applyProvision(context(), plan);
    expect(result).toEqual({ made: plan.changes.length, found: 0 });

    const verified = await verifyProvision(context(), WHOLE, DEPLOYMENT);
    expect(verified).toMatchObject({ changes: [], conflicts: [] });
    expect(await applyProvision(context(), plan)).toEqual({ made: 0, found: plan.changes.length });

    const { objects } = client.workspace();
    expect(objects.get('person')?.uniques).toContainEqual(['sourceKey']);
    expect(objects.get('supportCase')?.fields.get('contact')?.relation?.columns).toEqual({ person: 'contactId' });
    expect(objects.get('person')?.fields.get('supportCases')?.relation?.type).toBe('ONE_TO_MANY');
    expect(objects.get('company')?.fields.get('sourceChecksum')?.settings).toMatchObject({ dataType: 'bigint' });
    expect(objects.get('company')?.fields.get('sourceKey')?.description).toContain(`deployment ${DEPLOYMENT};`);
  });

  it('what was made can be written at once', async () => {
    await applyProvision(context(), planProvision(client.workspace(), WHOLE, DEPLOYMENT));
    const row = {
      id: targetId('demo/contact/1'),
      fields: {
        leadSource: 'WEB',
        tagList: ['FAIR'],
        sourceKey: 'demo/contact/1',
        sourceKeys: ['demo/contact/1'],
        sourceVersion: '7',
        sourceModifiedAt: '2026-01-02T03:04:05.000Z',
        sourceChecksum: 2 ** 31 - 1,
        sourceBucket: 12,
      },
    };
    expect(await client.create('person', [row], LOAD)).toMatchObject({ kind: 'written', rows: [row.fields] });
  });

  it('keeps the id of every option that was there, so that no stored value is lost (O6)', async () => {
    const before = client.workspace().objects.get('opportunity')?.fields.get('stage')?.options ?? [];
    const [id] = sandbox.seed('opportunity', [{ name: 'Deal', stage: 'MEETING' }]);
    await applyProvision(context(), planProvision(client.workspace(), wish({ options: WHOLE.options }), DEPLOYMENT));
    const after = client.workspace().objects.get('opportunity')?.fields.get('stage')?.options ?? [];
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.at(-1)).toMatchObject({ value: 'ON_HOLD', label: 'On hold', position: before.length });
    const by = { field: 'id', values: [id ?? ''] };
    expect(await client.find({ object: 'opportunity', by, fields: ['stage'], deleted: false, ...LOAD })).toMatchObject([
      { stage: 'MEETING' },
    ]);
    expect(withNewOptions(before, [{ value: 'NEW', label: 'x' }])).toEqual(before);
  });

  it.each([1, 4, 9, 20])('interrupted at call %i, it goes on from there', async (after) => {
    sandbox.fault({
      match: { request: 'POST /metadata', operation: 'createOneField' },
      fail: 'answerLost',
      after,
      count: 1,
    });
    const plan = planProvision(client.workspace(), WHOLE, DEPLOYMENT);
    const stop = new AbortController();
    let changes = 0;
    const first = applyProvision(
      { ...context(), signal: stop.signal, onChange: () => void (++changes > after && stop.abort()) },
      plan,
    );
    await expect(first).rejects.toThrow();
    const rest = planProvision(await client.refresh(), WHOLE, DEPLOYMENT);
    expect(rest.changes.length).toBeLessThan(plan.changes.length);
    await applyProvision(context(), rest);
    expect((await verifyProvision(context(), WHOLE, DEPLOYMENT)).changes).toEqual([]);
  });

  it('an answer that got lost is settled by looking, not by a second field', async () => {
    sandbox.fault({ match: { operation: 'createOneField' }, fail: 'answerLost', count: 2 });
    const plan = planProvision(client.workspace(), wish({ fields: [field({})] }), DEPLOYMENT);
    expect(await applyProvision(context(), plan)).toEqual({ made: 1, found: 0 });
  });

  it('without the right to change the data model it stops with its own code, and nothing was changed', async () => {
    const restricted = await connect(sandbox.restrictedToken);
    const plan = planProvision(restricted.workspace(), wish({ fields: [field({})] }), DEPLOYMENT);
    const applied = applyProvision({ ...context(), client: restricted }, plan);
    await expect(applied).rejects.toMatchObject({ code: 'TWENTY_MODEL_RIGHT_MISSING' });
    expect((await client.refresh()).objects.get('person')?.fields.has('leadSource')).toBe(false);
  });
});

describe('what must not be done is a conflict, and a plan with one is not applied at all', () => {
  const cases: readonly (readonly [string, DesiredModel, RegExp])[] = [
    [
      'the same name with another type',
      wish({ fields: [field({ name: 'jobTitle', type: 'NUMBER' })] }),
      /is there as TEXT/,
    ],
    ['a reserved name', wish({ fields: [field({ name: 'type' })] }), /reserved/],
    ['an illegal name', wish({ fields: [field({ name: 'Not_Camel' })] }), /camelCase/],
    ['the column of a relation', wish({ fields: [field({ name: 'companyId' })] }), /column of a relation/],
    ['an unknown object', wish({ fields: [field({ object: 'ghost' })] }), /nobody asks to make it/],
    [
      'a relation to nowhere',
      wish({ fields: [field({ type: 'RELATION', relation: { target: 'ghost', reverseLabel: 'x' } })] }),
      /"ghost"/,
    ],
    [
      'a taken other side',
      wish({ fields: [field({ type: 'RELATION', relation: { target: 'company', reverseLabel: 'People' } })] }),
      /company\.people, is taken/,
    ],
    ['a type that cannot be made', wish({ fields: [field({ type: 'NUMERIC' })] }), /can't be made/],
    ['a select without options', wish({ fields: [field({ type: 'SELECT' })] }), /at least one option/],
    [
      'an illegal option',
      wish({ fields: [field({ type: 'SELECT', options: [{ value: 'not upper', label: 'a,b' }] })] }),
      /no legal option/,
    ],
    [
      'options of a text field',
      wish({ options: [{ object: 'person', field: 'jobTitle', options: OPTIONS, because: 'x' }] }),
      /has no options/,
    ],
    [
      'options of no field',
      wish({ options: [{ object: 'person', field: 'ghost', options: OPTIONS, because: 'x' }] }),
      /is not there/,
    ],
    [
      'uniqueness of a field that lacks it',
      wish({ fields: [field({ name: 'jobTitle', isUnique: true })] }),
      /not unique/,
    ],
    ['two mappings that disagree', wish({ fields: [field({}), field({ type: 'NUMBER' })] }), /is wanted as TEXT/],
    [
      'an object name in use',
      wish({
        objects: [
          {
            nameSingular: 'folk',
            namePlural: 'people',
            labelSingular: 'F',
            labelPlural: 'P',
            icon: 'i',
            description: '',
          },
        ],
      }),
      /not free/,
    ],
  ];
  it.each(cases)('%s', async (_name, desired, message) => {
    const plan = planProvision(client.workspace(), desired, DEPLOYMENT);
    expect(plan.conflicts.map((conflict) => conflict.message).join('; ')).toMatch(message);
    sandbox.clearCalls();
    await expect(applyProvision(context(), plan)).rejects.toMatchObject({ code: 'TWENTY_PROVISION_CONFLICT' });
    expect(sandbox.calls()).toEqual([]);
  });

  it('another deployment’s sync fields stop everything, by their own code', async () => {
    const mine = wish({ synced: ['person'] });
    await applyProvision(context(), planProvision(client.workspace(), mine, DEPLOYMENT));
    checkDeployment(client.workspace(), ['person', 'company'], DEPLOYMENT);
    const theirs = planProvision(client.workspace(), mine, 'other-2026');
    await expect(applyProvision(context(), theirs)).rejects.toMatchObject({ code: 'TWENTY_SYNC_FIELDS_FOREIGN' });
    expect(() => checkDeployment(client.workspace(), ['person'], 'other-2026')).toThrowError(
      expect.objectContaining({ code: 'TWENTY_SYNC_FIELDS_FOREIGN', message: expect.stringContaining(DEPLOYMENT) }),
    );
    expect(planProvision(client.workspace(), mine, 'other-2026', { adoptUnmarked: true }).conflicts).toHaveLength(1);
  });

  it('two mappings that agree share one field, with the options of both (ALL-6)', () => {
    const one = field({ type: 'SELECT', options: OPTIONS });
    const other = field({
      type: 'SELECT',
      options: [
        { value: 'FAIR', label: 'Fair' },
        { value: 'PHONE', label: 'Phone' },
      ],
    });
    const plan = planProvision(client.workspace(), wish({ fields: [one, other] }), DEPLOYMENT);
    expect(plan.conflicts).toEqual([]);
    expect(plan.changes).toMatchObject([
      { kind: 'create-field', field: { options: [{ value: 'WEB' }, { value: 'FAIR' }, { value: 'PHONE' }] } },
    ]);
  });
});

describe('the field that flags kept rows', () => {
  it('is planned and described where the mapping keeps rows, and nowhere else', () => {
    const names = (model: DesiredModel) =>
      planProvision(client.workspace(), model, DEPLOYMENT).changes.flatMap((change) =>
        change.kind === 'create-field' && change.field.name === 'sourceDeletedAt' ? [change.field] : [],
      );
    expect(names(wish({ synced: ['company', 'person'] }))).toEqual([]);
    const wanted = wish({ synced: ['company', 'person'], flagged: ['company'] });
    expect(names(wanted)).toMatchObject([{ object: 'company', type: 'DATE_TIME' }]);
    expect(names(wanted)[0]?.description).toContain(`deployment ${DEPLOYMENT}`);
    expect(provisionGuide(planProvision(client.workspace(), wanted, DEPLOYMENT))).toContain('`sourceDeletedAt`');
  });
});

describe('SMD-S1 the guide for a person', () => {
  it('names every field, type and option, and cannot be broken by a label', () => {
    const nasty = field({
      name: 'nasty',
      label: 'a|b <script> *x*',
      type: 'SELECT',
      options: [{ value: 'A_B', label: 'a|b' }],
    });
    const guide = provisionGuide(
      planProvision(client.workspace(), { ...WHOLE, fields: [...WHOLE.fields, nasty] }, DEPLOYMENT),
    );
    for (const expected of [
      '`supportCase`',
      '`leadSource`',
      '`ON_HOLD`',
      'Select',
      'Parent company',
      '`sourceBucket`',
      `deployment ${DEPLOYMENT}`,
    ]) {
      expect(guide).toContain(expected);
    }
    expect(guide).toContain('a\\|b \\<script\\> \\*x\\*');
    expect(guide.match(/^## \d+\./gm)).toHaveLength(1 + 7 + 18 + 1);
    expect(provisionGuide(planProvision(client.workspace(), wish(), DEPLOYMENT))).toContain('Nothing is missing');
  });
});
