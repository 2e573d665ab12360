import { asObject } from './answers.ts';
import type { TwentyClient } from './client.ts';
import { metadataCall } from './metadata.ts';
import type { Call } from './transport.ts';

/**
 * Something in the workspace that a written row sets off: there is no quiet switch (twenty.md §0). `unreadable`: the key
 * may not list them, so nobody knows.
 */
export interface Automation {
  readonly kind: 'webhook' | 'workflow' | 'unreadable';
  readonly id: string;
  readonly name: string;
  /** The events that set it off, as the workspace writes them: `person.created`, `*.updated`. Sorted. */
  readonly events: readonly string[];
}

/** Lists what writing rows of these objects would set off. Costs one call of the budget; webhooks are metadata. */
export async function readAutomations(
  client: TwentyClient,
  objects: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Automation[]> {
  const found = [...(await webhooks(client, signal)), ...(await workflows(client, signal))];
  return found.flatMap((automation) => {
    if (automation.kind === 'unreadable') return [automation];
    const events = automation.events.filter((event) => isFired(event, objects)).sort();
    return events.length === 0 ? [] : [{ ...automation, events }];
  });
}

/** What an agreement to an automation is for: one that listens to more is another. */
export function fingerprintOf(automation: Automation): string {
  return `${automation.kind} ${automation.id} ${automation.events.join(',')}`;
}

function isFired(event: string, objects: readonly string[]): boolean {
  const object = event.split('.')[0] ?? '';
  return object === '*' || objects.includes(object);
}

const REST = { operation: 'read-webhooks', object: null, method: 'GET', form: 'rest' } as const;

/** The places where versions keep them, newest first. */
const WEBHOOK_CALLS: readonly Call[] = [
  metadataCall('read-webhooks', '{webhooks{id targetUrl operations}}'),
  { ...REST, path: '/rest/metadata/webhooks' },
  { ...REST, path: '/rest/webhooks' },
];

async function webhooks(client: TwentyClient, signal: AbortSignal | undefined): Promise<readonly Automation[]> {
  let message = '';
  for (const call of WEBHOOK_CALLS) {
    const answer = await client.transport.free(call, signal);
    const list = answer.kind === 'ok' ? listOf(answer.data) : undefined;
    if (list !== undefined) return list.map(webhook);
    message = answer.kind === 'ok' ? 'an answer in an unknown form' : answer.message;
  }
  return [{ kind: 'unreadable', id: 'webhooks', name: `webhooks: ${message}`, events: [] }];
}

function listOf(data: unknown): readonly unknown[] | undefined {
  if (Array.isArray(data)) return data;
  const inner = asObject(data)?.webhooks;
  return Array.isArray(inner) ? inner : undefined;
}

function webhook(value: unknown): Automation {
  const { id, targetUrl, operations, operation } = asObject(value) ?? {};
  const events = Array.isArray(operations) ? operations.map(String) : [String(operation ?? '*.*')];
  return { kind: 'webhook', id: String(id), name: withoutSecrets(String(targetUrl ?? '')), events };
}

/** Addresses of webhooks often carry a token in their path or query. */
function withoutSecrets(address: string): string {
  return URL.parse(address)?.origin ?? 'an address that is none';
}

async function workflows(client: TwentyClient, signal: AbortSignal | undefined): Promise<readonly Automation[]> {
  const object = client.workspace().objects.get('workflowVersion');
  const needed = ['name', 'status', 'trigger', 'workflow'];
  if (object === undefined || !needed.every((name) => object.fields.has(name))) return [];
  const found: Automation[] = [];
  try {
    const options = { lane: 'operator', deleted: false, ...(signal === undefined ? {} : { signal }) } as const;
    for await (const page of client.scan({ object: 'workflowVersion', fields: needed, ...options })) {
      for (const row of page) {
        const event = eventOf(row.trigger);
        if (row.status !== 'ACTIVE' || event === undefined) continue;
        found.push({ kind: 'workflow', id: String(row.workflowId), name: String(row.name ?? ''), events: [event] });
      }
    }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return [{ kind: 'unreadable', id: 'workflows', name: `workflows: ${message}`, events: [] }];
  }
  return found;
}

/** The record event of a trigger; undefined for those that run by hand, by time or by a call. */
function eventOf(value: unknown): string | undefined {
  const trigger = asObject(typeof value === 'string' ? parsed(value) : value);
  const event = asObject(trigger?.settings)?.eventName;
  return trigger?.type === 'DATABASE_EVENT' && typeof event === 'string' ? event : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
