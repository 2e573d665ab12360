import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { METRICS, type MetricEntry } from './table.ts';

test('a reading that nobody took yet is absent, not 0', async () => {
  const metrics = createMetrics();
  const text = await metrics.text();
  expect(text).not.toMatch(/^changeover_twenty_budget_remaining /m);
  metrics.set('changeover_twenty_budget_remaining', {}, 98);
  expect(await metrics.text()).toMatch(/^changeover_twenty_budget_remaining 98$/m);
});

test('counts and observations stand under their labels', async () => {
  const metrics = createMetrics();
  metrics.add('changeover_source_events_total', { source: 's', object: 'contact', op: 'UPSERT' }, 3);
  metrics.observe('changeover_sink_apply_seconds', { source: 's', object: 'contact' }, 1.5);
  const text = await metrics.text();
  expect(text).toContain('changeover_source_events_total{source="s",object="contact",op="UPSERT"} 3');
  expect(text).toContain('changeover_sink_apply_seconds_bucket{le="2",source="s",object="contact"} 1');
});

test('a reading that is unknown again is absent again, not 0', async () => {
  const metrics = createMetrics();
  metrics.set('changeover_cutover_eta_seconds', {}, 5);
  metrics.clear('changeover_cutover_eta_seconds');
  expect(await metrics.text()).not.toMatch(/^changeover_cutover_eta_seconds /m);
});

test('gauges are counted anew before each scrape', async () => {
  const metrics = createMetrics();
  let open = 2;
  metrics.onScrape(async () => {
    metrics.clear('changeover_review_items');
    if (open > 0) metrics.set('changeover_review_items', { queue: 'source' }, open);
  });
  expect(await metrics.text()).toContain('changeover_review_items{queue="source"} 2');
  open = 0;
  expect(await metrics.text()).not.toContain('changeover_review_items{');
});

test('every metric is named by the rules: one prefix, base units, _total for counters', () => {
  for (const [name, entry] of Object.entries(METRICS) as [string, MetricEntry][]) {
    expect(name).toMatch(/^changeover_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(entry.type === 'counter');
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|count)$/);
    expect(entry.help.length, name).toBeGreaterThan(15);
  }
});
