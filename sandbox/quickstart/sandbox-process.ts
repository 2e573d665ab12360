import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export interface SandboxProcess {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

export interface SandboxOptions {
  readonly data: string;
  readonly members: string;
  /** Calls a minute; 0 switches the limiter off. */
  readonly limit: number;
}

/** Starts the simulated workspace as a process of its own, as a real one would be. It ends with us. */
export async function startSandboxProcess(options: SandboxOptions): Promise<SandboxProcess> {
  const program = join(import.meta.dirname, '..', 'twenty', 'main.ts');
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      program,
      '--port',
      '0',
      '--data',
      options.data,
      '--limit',
      String(options.limit),
      '--members',
      options.members,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Not in our process group: Ctrl-C must reach us first, so that calls in flight are finished.
      detached: true,
    },
  );
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const line = await firstLine(child);
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  return {
    url,
    token,
    async stop() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('the sandbox has no output');
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with code ${code} before it was ready`)));
  });
}
