import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Place } from '../core/errors.ts';
import type { Path } from './finding.ts';

/** Where the value of a path stands in the text; where it is missing, the nearest thing that contains it. */
export function placeOf(document: Document.Parsed, lines: LineCounter, file: string, path: Path): Place {
  let node: unknown = document.contents;
  let nearest: Node | null = isNode(node) ? node : null;
  let key: Node | null = null;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    key = null;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
      );
      if (pair === undefined) break;
      key = isNode(pair.key) ? pair.key : null;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
    } else {
      break;
    }
    if (isNode(node)) nearest = node;
    else if (key !== null) nearest = key;
  }
  const start = (key ?? nearest)?.range?.[0];
  const named = objectOf(path);
  if (start === undefined || start === null) return { file, ...named };
  const { line, col } = lines.linePos(start);
  return { file, line, column: col, ...named };
}

function objectOf(path: Path): { object?: string } {
  return path[0] === 'objects' && typeof path[1] === 'string' ? { object: path[1] } : {};
}
