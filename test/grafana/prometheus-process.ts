import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../scripts/servers/ports.ts';
import { preparePrometheus } from '../../scripts/tools/prometheus.ts';

/** One series of an answer to an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  readonly promtool: string;
  /** @throws with Prometheus' own words where it refuses the query. */
  query(expression: string): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** Starts the real Prometheus in a folder of its own. It looks at the target every two seconds. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const { prometheus, promtool } = await preparePrometheus();
  const folder = mkdtempSync(join(tmpdir(), 'changeover-prometheus-'));
  // If somebody else takes it, Prometheus ends, and the test says so.
  const [port = 0] = await freePorts(1);
  const configuration = join(folder, 'prometheus.yml');
  writeFileSync(
    configuration,
    `global: { scrape_interval: 2s, scrape_timeout: 2s }
scrape_configs:
  - job_name: changeover
    static_configs: [{ targets: ['${new URL(target).host}'] }]
`,
  );
  const child = spawn(
    prometheus,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
  );
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => end(child, folder);
  try {
    await ready(url, child, configuration, () => said);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url, promtool, stop, query: (expression) => ask(url, expression) };
}

/** Waits until the server answers, and makes sure that it is the one we started: its configuration names our folder. */
async function ready(url: string, child: ChildProcess, configuration: string, said: () => string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Prometheus ended: ${said()}`);
    const flags = await fetch(`${url}/api/v1/status/flags`).then(
      async (response) => (response.ok ? ((await response.json()) as { data: Record<string, string> }).data : null),
      () => null,
    );
    const answers = flags !== null && (await fetch(`${url}/-/ready`)).ok;
    if (answers) {
      if (flags['config.file'] !== configuration)
        throw new Error(`another Prometheus answers at ${url}: ${flags['config.file']}`);
      return;
    }
    if (performance.now() - begun > START_MS)
      throw new Error(`Prometheus is not ready after ${START_MS} ms: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ask(url: string, expression: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
  const body = (await response.json()) as {
    status: string;
    error?: string;
    data?: { result: readonly { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (body.status !== 'success' || body.data === undefined)
    throw new Error(`${expression}: ${body.error ?? response.status}`);
  return body.data.result.map((one) => ({ labels: one.metric, value: Number(one.value[1]) }));
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
