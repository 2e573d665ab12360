import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeoverError } from '../core/errors.ts';

/** What was laid. */
export interface LaidConnector {
  readonly folder: string;
  readonly files: readonly string[];
  /** The line of the registry that names it. */
  readonly line: string;
  /** False where the registry does not look as expected: then the line has to be put there by hand. */
  readonly registered: boolean;
}

const TEMPLATE = join('connectors', 'template');
const REGISTRY = join('src', 'app', 'registry.ts');
const SUITE = join('test', 'conformance', 'connector.ts');
/** Longer names would make lines of the laid files too long. */
const LONGEST_NAME = 24;
const END_OF_REGISTRY = /(export const CONNECTORS\b[^;]*?\n)(\};)/;

/** Lays `connectors/<name>` in a checkout at `root`, as a copy of the one that reads an invented source, and registers it. */
export function layConnector(root: string, name: string): LaidConnector {
  checkName(name);
  const needed = [join(TEMPLATE, 'connector.ts'), REGISTRY, SUITE];
  const missing = needed.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined)
    throw new ChangeoverError('CONNECTOR_NO_CHECKOUT', `${root} has no ${missing}`, { place: { file: root } });
  const folder = join('connectors', name);
  if (existsSync(join(root, folder)))
    throw new ChangeoverError('CONNECTOR_EXISTS', `${folder} is there already`, { place: { file: folder } });
  mkdirSync(join(root, folder));
  const files = readdirSync(join(root, TEMPLATE));
  for (const file of files) {
    writeFileSync(join(root, folder, file), renamed(readFileSync(join(root, TEMPLATE, file), 'utf8'), name));
  }
  const key = name.includes('-') ? `'${name}'` : name;
  const line = `  ${key}: () => import('../../connectors/${name}/index.ts'),`;
  return { folder, files, line, registered: register(join(root, REGISTRY), line) };
}

function checkName(name: string): void {
  const usable = /^[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/.test(name) && name.length <= LONGEST_NAME;
  if (usable && name !== 'template') return;
  throw new ChangeoverError('USAGE', `${JSON.stringify(name)} cannot be the name of a connector`, {
    hint: `Use at most ${LONGEST_NAME} small letters, digits and hyphens, like acme-crm; template is taken.`,
  });
}

function renamed(text: string, name: string): string {
  const words = name.split('-');
  const inCode = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return text
    .replaceAll(/\bTEMPLATE_/g, `${words.join('_').toUpperCase()}_`)
    .replaceAll(/\bTemplate\b/g, inCode)
    .replaceAll(/(?<!inventory )\btemplate\b/g, name);
}

function register(file: string, line: string): boolean {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(END_OF_REGISTRY, (_whole, entries: string, end: string) => `${entries}${line}\n${end}`);
  if (after !== before) writeFileSync(file, after);
  return after !== before;
}
