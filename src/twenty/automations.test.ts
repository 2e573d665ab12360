import { afterEach, describe, expect, it } from 'vitest';
import {
  NO_LIMITS,
  startTwentySandbox,
  type TwentySandbox,
  type TwentySandboxOptions,
  VERSIONS,
} from '../../sandbox/twenty/index.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { silentLogger } from '../core/logger.ts';
import { fingerprintOf, readAutomations } from './automations.ts';
import { RateBudget } from './budget.ts';
import { createTwenty, type TwentyClient } from './client.ts';

let sandbox: TwentySandbox;
let http: ClosableHttp;

afterEach(async () => {
  await http.close();
  await sandbox.close();
});

async function connect(options: TwentySandboxOptions): Promise<TwentyClient> {
  sandbox = await startTwentySandbox({ limits: NO_LIMITS, ...options });
  http = createHttp({ credentialOrigins: [sandbox.url] });
  const clock = systemClock();
  const limit = { tokens: 1_000_000, windowMs: 60_000 };
  const budget = new RateBudget({ clock, initial: { tokens: 1_000_000, at: clock.now(), limit } });
  return createTwenty({ url: sandbox.url, apiKey: sandbox.token, http, clock, budget, logger: silentLogger() });
}

const HOOK = '0b4ab0c4-98a1-4d5b-8b2a-0d8e6b1f2a3c';
const trigger = (eventName: string) => ({ type: 'DATABASE_EVENT', name: 'x', settings: { eventName } });

function workflow(name: string, status: string, of: unknown): string {
  const [workflowId = ''] = sandbox.seed('workflow', [{ name, position: 1 }]);
  sandbox.seed('workflowVersion', [{ name, status, trigger: of as never, workflowId, position: 1 }]);
  return workflowId;
}

describe('what writing sets off is known before the first write', () => {
  it.each(VERSIONS)('%s: webhooks and active workflows that listen to what is written', async (version) => {
    const client = await connect({
      version,
      webhooks: [
        { id: HOOK, targetUrl: 'https://hooks.example.com/T0KEN?key=secret', operations: ['person.*', 'task.created'] },
        { id: HOOK.replace('0b', '0c'), targetUrl: 'https://other.example.com', operations: ['opportunity.deleted'] },
      ],
    });
    const welcome = workflow('Welcome', 'ACTIVE', trigger('person.created'));
    workflow('Draft', 'DRAFT', trigger('person.created'));
    workflow('By hand', 'ACTIVE', { type: 'MANUAL', settings: {} });
    workflow('Deals', 'ACTIVE', trigger('opportunity.updated'));
    const found = await readAutomations(client, ['person', 'company']);
    expect(found).toEqual([
      { kind: 'webhook', id: HOOK, name: 'https://hooks.example.com', events: ['person.*'] },
      { kind: 'workflow', id: welcome, name: 'Welcome', events: ['person.created'] },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/secret|T0KEN/);
  });

  it('what listens to everything is listed, and one that listens to more than before is another', async () => {
    const client = await connect({ webhooks: [{ id: HOOK, targetUrl: 'https://a.example.com', operations: ['*.*'] }] });
    const [all] = await readAutomations(client, ['company']);
    expect(all).toMatchObject({ events: ['*.*'] });
    if (all === undefined) throw new Error('nothing listed');
    expect(fingerprintOf({ ...all, events: ['company.created'] })).not.toBe(fingerprintOf(all));
  });

  it('a key that may not list them is no reason to believe that there are none', async () => {
    const client = await connect({});
    sandbox.fault({ match: { request: 'webhooks|POST /metadata' }, fail: 403 });
    sandbox.fault({ match: { object: 'workflowVersion' }, fail: 403 });
    const found = await readAutomations(client, ['company']);
    expect(found.map(({ kind, id }) => [kind, id])).toEqual([
      ['unreadable', 'webhooks'],
      ['unreadable', 'workflows'],
    ]);
  });
});
