import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Role } from '../../src/app/roles.ts';
import type { Deployment } from '../kill/deployment.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Member {
  readonly role: Role | 'all';
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it logged last. */
  complaint(): string;
}

/** `changeover run --role …` processes of one deployment, each with a data folder of its own as on a machine of its own. */
export class Processes {
  readonly #deployment: Deployment;
  readonly #folder: string;
  readonly #members = new Set<Member>();
  #count = 0;
  /** What processes said that ended by themselves, and not well. */
  readonly failures: string[] = [];

  constructor(deployment: Deployment, folder: string) {
    this.#deployment = deployment;
    this.#folder = folder;
  }

  get members(): readonly Member[] {
    return [...this.#members];
  }

  start(role: Role | 'all'): Member {
    this.#count += 1;
    const data = join(this.#folder, role === 'source' ? 'source' : `process-${this.#count}`);
    mkdirSync(data, { recursive: true });
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(root, 'src', 'cli', 'main.ts'),
        'run',
        '--role',
        role,
        '--config',
        this.#deployment.configuration,
      ],
      {
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'),
          ...this.#deployment.environment,
          CHANGEOVER_DATA: data,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-8_000);
    });
    const member: Member = {
      role,
      process: child,
      ended: new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => {
          if (code !== null && code !== 0) this.failures.push(`${role} ended with ${code}: ${said}`);
          this.#members.delete(member);
          resolve({ code, signal });
        });
      }),
      complaint: () => said,
    };
    this.#members.add(member);
    return member;
  }

  withPid(pid: number): Member | null {
    return this.members.find((member) => member.process.pid === pid) ?? null;
  }

  /** Asks all to stop, and ends those that do not within a while. */
  async stop(): Promise<void> {
    const all = this.members;
    for (const { process: one } of all) {
      one.kill('SIGCONT');
      one.kill('SIGTERM');
    }
    const late = setTimeout(() => {
      for (const { process: one } of all) one.kill('SIGKILL');
    }, 20_000);
    await Promise.all(all.map(({ ended }) => ended));
    clearTimeout(late);
  }
}
