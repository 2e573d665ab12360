import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from './finding.ts';

/** Editing a mapping file as text with its comments, anchors and layout kept. */

/** The node of a path; aliases are followed. */
export function nodeAt(document: Document, path: Path): Node | null {
  let node: unknown = document.contents;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.items.find((item) => isPair(item) && keyOf(item.key) === String(segment))?.value;
    else if (isSeq(node)) node = node.items[Number(segment)];
    else return null;
  }
  if (isAlias(node)) node = node.resolve(document);
  return isNode(node) ? node : null;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** The mapping at a path, made where it is missing. */
export function mapAt(document: Document, path: Path): YAMLMap {
  const found = nodeAt(document, path);
  if (isMap(found)) return found;
  const made = document.createNode({});
  made.flow = false;
  put(document, path, made);
  return made as YAMLMap;
}

/** The list at a path, made where it is missing. */
export function listAt(document: Document, path: Path): YAMLSeq {
  const found = nodeAt(document, path);
  if (isSeq(found)) return found;
  const made = document.createNode([]);
  made.flow = false;
  put(document, path, made);
  return made as YAMLSeq;
}

function put(document: Document, path: Path, node: Node): void {
  const key = path.at(-1);
  const parent = path.length === 1 ? document.contents : mapAt(document, path.slice(0, -1));
  if (key !== undefined && isMap(parent)) parent.set(key, node);
}

/** Adds an element in one line, with a comment that says why. A list in flow style becomes a block, so that it can be read. */
export function addTo(document: Document, list: YAMLSeq, value: unknown, comment: string | null): void {
  const node = document.createNode(value, { flow: true });
  if (comment !== null) node.commentBefore = ` ${comment.replace(/\s+/g, ' ')}`;
  list.flow = false;
  list.add(node);
}

/** Takes an element out. What it anchors moves to the first alias that needs it. */
export function removeFrom(document: Document, list: YAMLSeq, index: number): void {
  const node = list.items[index];
  list.items.splice(index, 1);
  rescueAnchors(document, node);
}

export function removeKey(document: Document, map: YAMLMap, key: string): void {
  const node = map.get(key, true);
  map.delete(key);
  rescueAnchors(document, node);
}

function rescueAnchors(document: Document, removed: unknown): void {
  if (!isNode(removed) || isAlias(removed)) return;
  const anchored = new Map<string, Node>();
  visit(removed, {
    Node: (_key, node) => {
      if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  for (const [anchor, node] of anchored) {
    let first: Alias | null = null;
    visit(document, {
      Alias: (_key, alias) => {
        if (alias.source !== anchor || first !== null) return undefined;
        first = alias;
        return node;
      },
    });
  }
}
