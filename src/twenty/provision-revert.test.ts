import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { targetId } from '../core/identifiers.ts';
import { silentLogger } from '../core/logger.ts';
import { RateBudget } from './budget.ts';
import { createTwenty, type TwentyClient } from './client.ts';
import type { DesiredModel } from './desired.ts';
import {
  type Added,
  applyProvision,
  applyRevert,
  describeAdded,
  mergeAdded,
  planProvision,
  planRevert,
} from './provision.ts';

const DEPLOYMENT = 'acme-2026';
const LOAD = { lane: 'load' } as const;

const OPTIONS = [
  { value: 'WEB', label: 'Web' },
  { value: 'FAIR', label: 'Fair' },
];

const DESIRED: DesiredModel = {
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
    { object: 'person', name: 'leadSource', label: 'Lead source', type: 'SELECT', options: OPTIONS, because: 'x' },
    { object: 'person', name: 'isVip', label: 'VIP', type: 'BOOLEAN', defaultValue: false, because: 'x' },
    { object: 'person', name: 'home', label: 'Home', type: 'ADDRESS', because: 'x' },
    {
      object: 'supportCase',
      name: 'contact',
      label: 'Contact',
      type: 'RELATION',
      relation: { target: 'person', reverseLabel: 'Support cases' },
      because: 'x',
    },
  ],
  options: [
    {
      object: 'opportunity',
      field: 'stage',
      options: [
        { value: 'ON_HOLD', label: 'On hold' },
        { value: 'LOST', label: 'Lost' },
      ],
      because: 'x',
    },
  ],
  synced: ['person'],
};

let sandbox: TwentySandbox;
let http: ClosableHttp;
let client: TwentyClient;
let added: readonly Added[];

beforeEach(async () => {
  sandbox = await startTwentySandbox({ limits: NO_LIMITS });
  http = createHttp({ credentialOrigins: [sandbox.url] });
  const clock = systemClock();
  const limit = { tokens: 1_000_000, windowMs: 60_000 };
  const budget = new RateBudget({ clock, initial: { tokens: 1_000_000, at: clock.now(), limit } });
  client = await createTwenty({
    url: sandbox.url,
    apiKey: sandbox.token,
    http,
    clock,
    budget,
    logger: silentLogger(),
  });
  added = [];
  const context = {
    client,
    clock,
    logger: silentLogger(),
    onAdding: async (more: readonly Added[]) => {
      added = mergeAdded(added, more);
    },
  };
  await applyProvision(context, planProvision(client.workspace(), DESIRED, DEPLOYMENT));
});

afterEach(async () => {
  await http.close();
  await sandbox.close();
});

function context() {
  return {
    client,
    onRemoved: async (gone: Added) => {
      added = added.filter((each) => describeAdded(each) !== describeAdded(gone));
    },
  };
}

async function revert() {
  const plan = await planRevert(context(), added);
  await applyRevert(context(), plan, added);
  return plan;
}

const names = (list: readonly Added[]) => list.map(describeAdded);

describe('provision revert', () => {
  it('leaves the workspace as it was before, where nothing was used', async () => {
    const fresh = await startTwentySandbox({ limits: NO_LIMITS });
    const shape = (of: TwentySandbox) =>
      of.engine.model.objects().map((object) => ({
        name: object.nameSingular,
        fields: object.fields.map(({ name, type, options }) => ({ name, type, options })),
      }));
    const before = shape(fresh);
    await fresh.close();
    const plan = await revert();
    expect(plan.inUse).toEqual([]);
    expect(added).toEqual([]);
    expect(shape(sandbox)).toEqual(before);
    expect(await revert()).toEqual({ removable: [], inUse: [], absent: [] });
  });

  it('keeps what is used, says what uses it, and takes the rest', async () => {
    sandbox.seed('opportunity', [{ name: 'Deal', stage: 'ON_HOLD', position: 1 }]);
    const home = { addressStreet1: '', addressStreet2: '', addressCity: 'Leeds', addressPostcode: '' };
    const rest = { addressState: '', addressCountry: '', addressLat: null, addressLng: null };
    const person = { id: targetId('p'), fields: { leadSource: 'WEB', home: { ...home, ...rest } } };
    expect((await client.create('person', [person], LOAD)).kind).toBe('written');
    // A soft-deleted record can be restored, so its values count.
    await client.softDelete('person', [person.id], LOAD);
    const plan = await revert();
    expect(plan.inUse).toEqual([
      {
        added: { kind: 'option', object: 'opportunity', field: 'stage', value: 'ON_HOLD' },
        usedBy: '1 record of opportunities with this option',
      },
      {
        added: { kind: 'field', object: 'person', field: 'leadSource' },
        usedBy: '1 record of people with a value in it',
      },
      { added: { kind: 'field', object: 'person', field: 'home' }, usedBy: '1 record of people with a value in it' },
    ]);
    expect(names(added).sort()).toEqual(['opportunity.stage=ON_HOLD', 'person.home', 'person.leadSource']);
    expect(sandbox.dump('opportunity')).toMatchObject([{ stage: 'ON_HOLD' }]);
    expect(client.workspace().objects.has('supportCase')).toBe(false);
    expect(client.workspace().objects.get('person')?.fields.has('isVip')).toBe(false);
  });

  it('keeps an object that a person gave a field of their own, or pointed at', async () => {
    const object = client.workspace().objects.get('supportCase');
    const field = { objectMetadataId: object?.id, type: 'TEXT', name: 'theirs', label: 'Theirs' };
    await http.send({
      method: 'POST',
      url: `${sandbox.url}/rest/metadata/fields`,
      headers: { authorization: `Bearer ${sandbox.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(field),
      timeoutMs: 5000,
    });
    const { inUse } = await revert();
    expect(inUse).toMatchObject([{ added: { object: 'supportCase' }, usedBy: expect.stringContaining('theirs') }]);
  });

  it.each([0, 1, 5, 9])(
    'interrupted after %i removals, it goes on from there, also when the answer got lost',
    async (after) => {
      sandbox.fault({
        match: { request: 'POST /metadata', operation: 'deleteOneField' },
        fail: 'answerLost',
        after,
        count: 1,
      });
      const plan = await planRevert(context(), added);
      let left = after;
      const interrupted = {
        client,
        onRemoved: async (gone: Added) => {
          if (left === 0) throw new Error('killed');
          left -= 1;
          await context().onRemoved(gone);
        },
      };
      await expect(applyRevert(interrupted, plan, added)).rejects.toThrow('killed');
      await revert();
      expect(added).toEqual([]);
      expect(client.workspace().objects.get('person')?.fields.has('sourceKey')).toBe(false);
    },
  );

  it('what came into use between plan and removal stays', async () => {
    const plan = await planRevert(context(), added);
    await client.create('person', [{ id: targetId('p'), fields: { isVip: true } }], LOAD);
    await expect(applyRevert(context(), plan, added)).rejects.toMatchObject({ code: 'TWENTY_PROVISION_REFUSED' });
    expect(sandbox.dump('person')).toMatchObject([{ isVip: true }]);
  });
});
