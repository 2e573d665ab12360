// Compiles src and connectors into dist and copies what the program reads beside its code.
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { node, root, run } from './run.ts';

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiled = await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']);
if (compiled.code !== 0) process.exit(compiled.code);
for (const file of globSync(['connectors/**/*.yaml', 'schemas/*.avsc', 'src/**/*.json'], { cwd: root })) {
  mkdirSync(dirname(join(root, 'dist', file)), { recursive: true });
  cpSync(join(root, file), join(root, 'dist', file));
}
process.stdout.write('built into dist\n');
