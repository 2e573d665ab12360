import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh: number;
}
export interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export const root = join(import.meta.dirname, '..', '..');

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(root, 'grafana', 'dashboard.json'), 'utf8')) as Dashboard;
}

/** A panel's query as Prometheus gets it from Grafana when everything is selected. */
export function asAsked(expression: string, interval: string): string {
  return expression.replaceAll('$job', '.+').replaceAll('$instance', '.+').replaceAll('$__rate_interval', interval);
}
