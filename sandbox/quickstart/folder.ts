import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const samples = join(import.meta.dirname, '..', 'samples', 'smart-crm-online');
export const FIRST_EXPORT = 'export-2026-03-02';
export const SECOND_EXPORT = 'export-2026-03-09';
export const SOURCE = 'smart-crm-online';

/** The quickstart's own folder: configuration, data, the sandbox's store, and where exports are dropped. */
export interface QuickstartFolder {
  readonly path: string;
  readonly configuration: string;
  readonly exports: string;
  readonly sandboxStore: string;
  /** The last account of a run, as `--json` prints it; what recount.ts checks. */
  readonly account: string;
}

/** In the checkout, or below CHANGEOVER_QUICKSTART_ROOT, so that several can run beside each other. */
export function quickstartFolder(environment: Readonly<Record<string, string | undefined>>): QuickstartFolder {
  const path = join(
    environment.CHANGEOVER_QUICKSTART_ROOT ?? join(import.meta.dirname, '..', '..'),
    '.changeover',
    'quickstart',
  );
  return {
    path,
    configuration: join(path, 'changeover.yaml'),
    exports: join(path, 'exports'),
    sandboxStore: join(path, 'twenty.sqlite'),
    account: join(path, 'account.json'),
  };
}

/** Begins anew: removes this folder (only ever this one) and writes the configuration that goes with the sample. */
export function layFolder(folder: QuickstartFolder, twentyUrl: string, deployment: string): void {
  mkdirSync(folder.exports, { recursive: true });
  writeFileSync(
    folder.configuration,
    `# Written by the quickstart. The same file, with your workspace and your exports, runs your own changeover.
deployment: ${deployment}
dataFolder: data
twenty:
  url: ${twentyUrl}
  apiKey: { env: TWENTY_API_KEY }
server: { port: 0 }
log: { level: warn }
sources:
  - name: ${SOURCE}
    connector: smart-crm-online
    pollSeconds: 1
    settings:
      folder: exports
      timezone: Europe/Istanbul
      codePage: windows-1254
    owners:
      substitutes:
        murat.ozdemir@bosphorus-trade.example: ayse.yilmaz@bosphorus-trade.example
      waived:
        - rachel.stone@bosphorus-trade.example
`,
  );
}

export function clearFolder(folder: QuickstartFolder): void {
  rmSync(folder.path, { recursive: true, force: true });
  mkdirSync(folder.path, { recursive: true });
}

/** Drops an export as a careful person does: written beside, then moved in whole. */
export function dropExport(folder: QuickstartFolder, name: string): void {
  const beside = join(dirname(folder.exports), `.${name}`);
  cpSync(join(samples, name), beside, { recursive: true });
  renameSync(beside, join(folder.exports, name));
}
