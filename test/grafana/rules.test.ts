import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { preparePrometheus } from '../../scripts/tools/prometheus.ts';
import { METRICS, type MetricEntry } from '../../src/metrics/table.ts';
import { readDashboard, root } from './dashboard.ts';

const dashboard = readDashboard();
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
const targets = panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel: panel.title, ...target })));
const entries = Object.entries(METRICS) as [string, MetricEntry][];

/** The metric names in an expression, series of histograms under their family's name. */
function metricsIn(expression: string): readonly string[] {
  const names = [...expression.matchAll(/changeover_[a-z_]+/g)].map((match) => match[0]);
  const histograms = entries.filter(([, entry]) => entry.type === 'histogram').map(([name]) => name);
  return names.map(
    (name) =>
      histograms.find((family) => [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name)) ?? name,
  );
}

describe('the dashboard', () => {
  test('lets the data source, job and instance be chosen', () => {
    const [datasource, job, instance] = dashboard.templating.list;
    expect(datasource).toMatchObject({ name: 'datasource', label: 'Data source', type: 'datasource' });
    for (const variable of [job, instance])
      expect(variable).toMatchObject({ type: 'query', multi: true, includeAll: true, allValue: '.+', refresh: 2 });
    expect(dashboard.editable).toBe(false);
  });

  test('every panel says what it shows, in which unit, from the chosen data source', () => {
    for (const panel of panels) {
      expect(panel.description?.length ?? 0, panel.title).toBeGreaterThan(20);
      expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
      expect(panel.datasource?.uid).toBe('$datasource');
      expect(panel.targets?.length ?? 0, panel.title).toBeGreaterThan(0);
    }
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
  });

  test('panels do not overlap', () => {
    for (const [index, a] of panels.entries()) {
      for (const b of panels.slice(index + 1)) {
        const apart =
          a.gridPos.x + a.gridPos.w <= b.gridPos.x ||
          b.gridPos.x + b.gridPos.w <= a.gridPos.x ||
          a.gridPos.y + a.gridPos.h <= b.gridPos.y ||
          b.gridPos.y + b.gridPos.h <= a.gridPos.y;
        expect(apart, `${a.title} and ${b.title}`).toBe(true);
      }
    }
  });

  test.each(targets)(
    '"$panel" asks only for metrics that exist, of the chosen job and instance: $expr',
    ({ expr, datasource }) => {
      expect(datasource.uid).toBe('$datasource');
      const names = metricsIn(expr);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(Object.keys(METRICS)).toContain(name);
      for (const selector of expr.matchAll(/changeover_[a-z_]+(\{[^}]*\})?/g)) {
        expect(selector[1] ?? '', expr).toContain('job=~"$job", instance=~"$instance"');
      }
    },
  );

  test.each(targets)('counters are only ever looked at as rates: $expr', ({ expr }) => {
    for (const [name, entry] of entries.filter(([, one]) => one.type !== 'gauge')) {
      const series = entry.type === 'counter' ? [name] : [`${name}_bucket`, `${name}_sum`, `${name}_count`];
      for (const one of series) {
        for (const found of expr.matchAll(new RegExp(`${one}\\{[^}]*\\}`, 'g'))) {
          const before = expr.slice(0, found.index);
          expect(before, expr).toMatch(/(rate|increase)\($/);
          expect(expr.slice((found.index ?? 0) + found[0].length), expr).toMatch(/^\[\$__rate_interval\]/);
        }
      }
    }
  });
});

describe('the alert rules', () => {
  const rules = readFileSync(join(root, 'grafana/alerts/changeover.rules.yml'), 'utf8');
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map((match) => match[1] ?? '');

  test('promtool accepts them, and their own tests hold', async () => {
    const { promtool } = await preparePrometheus();
    const folder = join(root, 'grafana', 'alerts');
    expect(
      execFileSync(promtool, ['check', 'rules', 'changeover.rules.yml'], { cwd: folder, encoding: 'utf8' }),
    ).toContain(`SUCCESS: ${names.length} rules found`);
    expect(
      execFileSync(promtool, ['test', 'rules', 'changeover.rules.test.yml'], { cwd: folder, encoding: 'utf8' }),
    ).toContain('SUCCESS');
  });

  test.each(names)('%s has a runbook, a summary, a description and a severity', (name) => {
    expect(existsSync(join(root, 'grafana', 'runbooks', `${name}.md`))).toBe(true);
    const block = rules.slice(rules.indexOf(`- alert: ${name}`)).split('- alert:')[1] ?? '';
    expect(block).toContain(`runbook_url: runbooks/${name}.md`);
    expect(block).toMatch(/summary: \S/);
    expect(block).toMatch(/description: \S/);
    expect(block).toMatch(/severity: (critical|warning)/);
  });

  test('they ask only for metrics that exist', () => {
    for (const name of metricsIn(rules)) expect(Object.keys(METRICS)).toContain(name);
  });
});
