import ts from 'typescript';

/** A test that names a row, in its own title or in one that surrounds it. */
export interface Proof {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly title: string;
}

const ID = /\b(?:ALL|DIN|OPX|KIN|SCO|SMD|LIFE|TW)-S?\d+\b/g;
const GROUPS = new Set(['describe']);
const TESTS = new Set(['it', 'test']);
/** What makes a test one that doesn't run. */
const LEFT_OUT = new Set(['skip', 'todo', 'skipIf', 'runIf', 'fails']);

/** The proofs that a test file holds, in its order. Tests that are left out prove nothing. */
export function proofsIn(file: string, text: string): readonly Proof[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const proofs: Proof[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const named = ts.isCallExpression(node) ? titled(node) : undefined;
    if (named === undefined) {
      ts.forEachChild(node, (child) => visit(child, around));
      return;
    }
    if (named.modifiers.some((modifier) => LEFT_OUT.has(modifier))) return;
    const titles = [...around, named.title];
    if (GROUPS.has(named.kind)) {
      ts.forEachChild(node, (child) => visit(child, titles));
      return;
    }
    const title = titles.join(' › ');
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    for (const id of new Set(title.match(ID))) proofs.push({ id, file, line, title });
  };
  visit(source, []);
  return proofs;
}

interface Titled {
  readonly kind: string;
  readonly modifiers: readonly string[];
  readonly title: string;
}

/** `it('…')`, `describe.each([…])('…')` and their like; undefined for any other call. */
function titled(call: ts.CallExpression): Titled | undefined {
  const [first] = call.arguments;
  if (first === undefined) return undefined;
  const title = textOf(first);
  if (title === undefined) return undefined;
  const [kind, ...modifiers] = calleeOf(call.expression);
  if (kind === undefined || !(GROUPS.has(kind) || TESTS.has(kind))) return undefined;
  return { kind, modifiers, title };
}

function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

/** `describe.each([…])` as `['describe', 'each']`. */
function calleeOf(node: ts.Expression): readonly string[] {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isPropertyAccessExpression(node)) return [...calleeOf(node.expression), node.name.text];
  if (ts.isCallExpression(node)) return calleeOf(node.expression);
  return [];
}
