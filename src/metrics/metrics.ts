import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricEntry, type MetricName } from './table.ts';

type NamesOf<Type extends MetricEntry['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>;

/** The program's metrics. Lag and other readings stay absent until they are first known, never a made-up 0. */
export interface Metrics {
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Forgets all label sets of a gauge: before setting it anew from a fresh count. */
  clear(name: GaugeName): void;
  /** Called before each scrape: for gauges that are counted, not kept. */
  onScrape(refresh: () => Promise<void>): void;
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, entry] of Object.entries(METRICS) as [MetricName, MetricEntry][]) {
    const common = { name, help: entry.help, labelNames: [...entry.labels], registers: [registry] };
    if (entry.type === 'counter') counters.set(name, new Counter(common));
    else if (entry.type === 'gauge') gauges.set(name, new Gauge(common));
    else histograms.set(name, new Histogram({ ...common, buckets: [...(entry.buckets ?? [])] }));
    // prom-client shows a gauge without labels as 0 from birth; unknown is not 0.
    if (entry.type === 'gauge' && entry.labels.length === 0) gauges.get(name)?.remove();
  }
  const refreshers: (() => Promise<void>)[] = [];
  return {
    add: (name, labels, by = 1) => counters.get(name)?.inc({ ...labels }, by),
    set: (name, labels, value) => gauges.get(name)?.set({ ...labels }, value),
    observe: (name, labels, value) => histograms.get(name)?.observe({ ...labels }, value),
    clear(name) {
      gauges.get(name)?.reset();
      // As at birth: without labels prom-client goes back to 0, and unknown is not 0.
      if (METRICS[name].labels.length === 0) gauges.get(name)?.remove();
    },
    onScrape: (refresh) => void refreshers.push(refresh),
    async text() {
      for (const refresh of refreshers) await refresh();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
