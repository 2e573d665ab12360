import type { LoadedConfiguration } from '../config/load.ts';
import { readSecret } from '../config/load.ts';
import { confined } from '../core/http.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Budget, type BudgetEvent, type BudgetSnapshot, RateBudget, type WaitCause } from '../twenty/budget.ts';
import { TwentyClient } from '../twenty/client.ts';
import { readWorkspace } from '../twenty/metadata.ts';
import { type CallEvent, Transport } from '../twenty/transport.ts';
import type { Ports } from './ports.ts';
import type { Shape } from './shapes/shape.ts';
import { sharedBucket } from './shared-bucket.ts';

/** The connection to the workspace with the one budget that everything in this process spends from. */
export interface TwentyConnection {
  readonly client: TwentyClient;
  readonly transport: Transport;
  readonly budget: Budget;
}

const BUDGET_SETTING = 'twenty.budget';
const BATCH_SETTING = 'twenty.batch-size';

/** The words of the metrics for what the budget calls its waits. */
const CAUSES: Readonly<Record<WaitCause, string>> = { pace: 'budget', refused: 'throttled', outage: 'outage' };

export async function connectTwenty(
  loaded: LoadedConfiguration,
  ports: Ports,
  shape: Shape,
  metrics: Metrics,
): Promise<TwentyConnection> {
  const { state } = shape;
  const { twenty } = loaded.configuration;
  const apiKey = readSecret(twenty.apiKey, 'the API key of Twenty', loaded.folder, ports.environment);
  // Taken out as it is read: after a crash it would speak of tokens that are long spent.
  const [snapshot, batchSize] = await state.transaction(async (tx) => {
    const kept = await tx.settings.get(BUDGET_SETTING);
    await tx.settings.delete(BUDGET_SETTING);
    return [kept, await tx.settings.get(BATCH_SETTING)] as const;
  });
  const budget = new RateBudget({
    clock: ports.clock,
    ...(twenty.callsPerMinute === undefined ? {} : { limit: { tokens: twenty.callsPerMinute, windowMs: 60_000 } }),
    ...(shape.kind === 'scaled-out'
      ? { shared: sharedBucket(state, ports.clock, ports.logger.child({ room: 'twenty' })) }
      : isSnapshot(snapshot)
        ? { initial: snapshot }
        : {}),
    observe: (event) => observeBudget(event, metrics),
  });
  if (twenty.keepForCutover > 0) budget.keepForCutover(twenty.keepForCutover);
  const shared = {
    url: twenty.url,
    apiKey,
    http: confined(ports.http, [new URL(twenty.url).origin]),
    clock: ports.clock,
    budget,
    logger: ports.logger.child({ room: 'twenty' }),
    timeoutMs: twenty.timeoutSeconds * 1000,
    observe: (event: CallEvent) => observeCall(event, metrics),
  };
  const transport = new Transport(shared);
  const workspace = await readWorkspace(transport, ports.clock);
  const client = new TwentyClient(
    {
      ...shared,
      ...(typeof batchSize === 'number' ? { batchSize } : {}),
      onBatchSize: (rows) => void state.transaction((tx) => tx.settings.set(BATCH_SETTING, rows)),
    },
    transport,
    workspace,
  );
  metrics.onScrape(async () => {
    metrics.set('changeover_twenty_budget_remaining', {}, budget.remaining());
    const limit = budget.limit();
    metrics.set('changeover_twenty_budget_limit', {}, (limit.tokens * 60_000) / limit.windowMs);
  });
  return { client, transport, budget };
}

/** Kept at a stop, so that the next start need not take the bucket for empty. A shared one is kept all the time. */
export async function keepBudget(connection: TwentyConnection, { kind, state }: Shape): Promise<void> {
  if (kind === 'embedded')
    await state.transaction((tx) => tx.settings.set(BUDGET_SETTING, connection.budget.snapshot()));
}

function isSnapshot(value: unknown): value is BudgetSnapshot {
  return value !== null && typeof value === 'object' && 'tokens' in value && 'at' in value && 'limit' in value;
}

function observeBudget(event: BudgetEvent, metrics: Metrics): void {
  if (event.kind === 'refused') metrics.add('changeover_twenty_throttled_total', { form: event.form });
  if (event.kind === 'waited')
    metrics.add('changeover_twenty_backoff_seconds_total', { cause: CAUSES[event.cause] }, event.seconds);
}

function observeCall(event: CallEvent, metrics: Metrics): void {
  const status = typeof event.status === 'number' ? String(event.status) : 'none';
  metrics.add('changeover_twenty_requests_total', { operation: event.operation, status });
  metrics.observe('changeover_twenty_request_seconds', { operation: event.operation }, event.seconds);
}
