import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { exitCodeAfter } from '../../src/cli/run.ts';

/** Runs the user's own configuration exactly as `changeover run` would. */
export function runOwn(file: string, options: { readonly once: boolean; readonly json: boolean }): Promise<number> {
  const program = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
  const flags = [...(options.once ? ['--once'] : []), ...(options.json ? ['--json'] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, 'run', '--config', file, ...flags],
      { stdio: 'inherit' },
    );
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? exitCodeAfter(signal ?? '')));
  });
}
