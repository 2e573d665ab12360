import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('../conformance/state/kill-child.ts', import.meta.url));

/**
 * Lets a process of its own commit `commits` more times to the state at this place, kills it at once, and gives the last
 * number that it said.
 */
export function killAfter(place: string, name: string, commits: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, place, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.split('\n').length > commits) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the child ended by itself: ${complaint}`));
      // The last piece may be the beginning of a number.
      resolve(Number(said.split('\n').at(-2)));
    });
  });
}
