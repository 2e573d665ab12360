import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { QuickstartFolder } from '../folder.ts';
import { exportsOf, readExport } from './raw.ts';
import { type Account, type Recount, recount } from './recount.ts';
import type { OwnerRules } from './rules.ts';
import { readWorkspace, type Workspace } from './store.ts';

interface Configuration {
  readonly sources: readonly {
    readonly name: string;
    readonly owners?: { readonly substitutes?: Readonly<Record<string, string>>; readonly waived?: readonly string[] };
  }[];
}

/** Counts again what lies in the quickstart's folder: its exports, its sandbox's store, and whom its configuration lets stand in. */
export function recountQuickstart(folder: QuickstartFolder, account: Account): Recount {
  const source = (parseYaml(readFileSync(folder.configuration, 'utf8')) as Configuration).sources[0];
  if (source === undefined) throw new Error(`${folder.configuration} names no source`);
  const workspace = readWorkspace(folder.sandboxStore, source.name);
  return recount({
    account,
    exports: exportsOf(folder.exports).map(readExport),
    workspace,
    owners: ownersOf(source.owners ?? {}, workspace),
  });
}

function ownersOf(owners: NonNullable<Configuration['sources'][number]['owners']>, workspace: Workspace): OwnerRules {
  const lower = (email: unknown) => String(email).toLowerCase();
  return {
    members: new Set([...workspace.rows('workspaceMember').values()].map((row) => lower(row.userEmail))),
    substitutes: new Map(Object.entries(owners.substitutes ?? {}).map(([from, to]) => [lower(from), lower(to)])),
    waived: new Set((owners.waived ?? []).map(lower)),
  };
}
