import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface, type Interface } from 'node:readline';

/** A simulated system as a process of its own, as a real one would be. It ends with us. */
export interface Program {
  /** The first line that it wrote: where it is, and what opens it. */
  readonly introduction: Readonly<Record<string, string>>;
  /** Sends a line, and waits for the one that answers it. */
  order(line: string): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

/** Starts a program that introduces itself with a line of JSON. @throws where it ends before. */
export async function startProgram(file: string, args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Not in our process group: Ctrl-C must reach us first, so that calls in flight are finished.
    detached: true,
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  if (child.stdout === null) throw new Error('the program has no output');
  const lines = createInterface({ input: child.stdout });
  const introduction = JSON.parse(await nextLine(lines, child)) as Readonly<Record<string, string>>;
  return {
    introduction,
    async order(line) {
      const answer = nextLine(lines, child);
      child.stdin?.write(`${line}\n`);
      return JSON.parse(await answer) as Readonly<Record<string, unknown>>;
    },
    async stop() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function nextLine(lines: Interface, child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (thrown: Error) => reject(thrown);
    const ended = (code: number | null) => reject(new Error(`the simulated system ended with code ${code}`));
    child.once('error', failed);
    child.once('exit', ended);
    lines.once('line', (line) => {
      child.off('error', failed);
      child.off('exit', ended);
      resolve(line);
    });
  });
}
