import { type Document, isScalar, isSeq, type Node, visit } from 'yaml';
import type { Workspace, WorkspaceObject } from '../twenty/model.ts';
import { linkColumn } from '../twenty/selection.ts';
import type { Path } from './finding.ts';
import type { ProposalDecision } from './propose.ts';
import { nodeAt } from './yaml-edit.ts';

/**
 * Proposals, and the mappings that connectors bring along, name columns of links as 2.x does. Where this workspace has other
 * names for them (1.x: `personId` instead of `targetPersonId`), the mapping is given those.
 */
export function fitToWorkspace(
  document: Document,
  workspace: Workspace | null,
  objects: readonly { readonly name: string; readonly path: Path }[],
  decisions: ProposalDecision[],
): void {
  if (workspace === null) return;
  const said = new Set<string>();
  for (const { name, path } of objects) {
    const renamed = (from: string, to: string, target: string): void => {
      const proposal = `${from} → ${to}`;
      if (said.has(`${name} ${proposal}`)) return;
      said.add(`${name} ${proposal}`);
      const reason = `this workspace calls it so in ${target}`;
      decisions.push({ object: name, field: null, proposal, confidence: 1, reason });
    };
    fitRows(document, workspace, path, renamed);
    const children = nodeAt(document, [...path, 'children']);
    if (!isSeq(children)) continue;
    for (const index of children.items.keys()) fitRows(document, workspace, [...path, 'children', index], renamed);
  }
}

type Renamed = (from: string, to: string, target: string) => void;

/** The lines of one object, or of one kind of row that its records bring along. */
function fitRows(document: Document, workspace: Workspace, path: Path, renamed: Renamed): void {
  const target = nodeAt(document, [...path, 'target']);
  if (!isScalar(target) || typeof target.value !== 'string') return;
  const { value: name } = target;
  const described = workspace.objects.get(name);
  if (described === undefined) return;
  rename(nodeAt(document, [...path, 'links']), (to) => columnOf(described, to), name, renamed);
}

function columnOf(described: WorkspaceObject, to: string): string | undefined {
  const [, object] = /^target([A-Z]\w*)Id$/.exec(to) ?? [];
  return object === undefined ? undefined : linkColumn(described, object.charAt(0).toLowerCase() + object.slice(1));
}

function rename(node: Node | null, known: (to: string) => string | undefined, target: string, renamed: Renamed): void {
  if (node === null) return;
  visit(node, {
    Pair: (_key, pair) => {
      if (!isScalar(pair.key) || pair.key.value !== 'to' || !isScalar(pair.value)) return;
      const to = String(pair.value.value);
      const better = known(to);
      if (better === undefined || better === to) return;
      pair.value.value = better;
      renamed(to, better, target);
    },
  });
}
