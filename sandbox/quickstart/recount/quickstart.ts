import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ChangeoverError } from '../../../src/core/errors.ts';
import { ROWS_FILE } from '../dataverse.ts';
import type { QuickstartFolder } from '../folder.ts';
import { ROWS_FILE as SMARTDESK_ROWS } from '../smartdesk.ts';
import { recountDataverse } from './dataverse/recount.ts';
import { EnvironmentRows, TARGETS } from './dataverse/rows.ts';
import { exportsOf, FILES, OBJECTS, readExport } from './raw.ts';
import { type Account, type Recount, recount } from './recount.ts';
import type { OwnerRules } from './rules.ts';
import { recountSmartDesk } from './smartdesk/recount.ts';
import { readRows } from './smartdesk/rows.ts';
import { OBJECTS as SMARTDESK } from './smartdesk/rules.ts';
import { readWorkspace, type Workspace } from './store.ts';

interface Configuration {
  readonly sources: readonly {
    readonly name: string;
    readonly connector: string;
    readonly owners?: { readonly substitutes?: Readonly<Record<string, string>>; readonly waived?: readonly string[] };
  }[];
}

/** Counts again what lies in the quickstart's folder: its exports, its sandbox's store, and whom its configuration lets stand in. */
export function recountQuickstart(folder: QuickstartFolder, account: Account): Recount {
  const [source, another] = (parseYaml(readFileSync(folder.configuration, 'utf8')) as Configuration).sources;
  if (source === undefined) throw new Error(`${folder.configuration} names no source`);
  if (another !== undefined)
    throw new ChangeoverError('USAGE', 'this quickstart put several sources into one workspace', {
      hint: 'Run one of them by itself, `npm start -- --source smartdesk --once`, and count that again.',
    });
  const { name, connector, owners = {} } = source;
  if (connector === 'dataverse') {
    const workspace = readWorkspace(folder.sandboxStore, name, TARGETS);
    const rows = new EnvironmentRows(join(folder.path, ROWS_FILE));
    return recountDataverse({ account, rows, workspace, owners: ownersOf(owners, workspace) });
  }
  if (connector === 'smartdesk') {
    const becomes = new Map([...SMARTDESK].map(([object, { target }]) => [object, target]));
    const workspace = readWorkspace(folder.sandboxStore, name, becomes);
    const tables = readRows(join(folder.path, SMARTDESK_ROWS));
    return recountSmartDesk({ account, tables, workspace, owners: ownersOf(owners, workspace) });
  }
  const targets = new Map(OBJECTS.map((object) => [object, FILES[object].target]));
  const workspace = readWorkspace(folder.sandboxStore, name, targets);
  return recount({
    account,
    exports: exportsOf(folder.exports).map(readExport),
    workspace,
    owners: ownersOf(owners, workspace),
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
