import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Its standard input is a pipe from us. The pipe closes when we end, however we end: then it ends what is still watched.
const WATCHER = `
pids=
while read -r verb pid; do
  case $verb in
    watch) pids="$pids $pid" ;;
    forget)
      rest=
      for one in $pids; do [ "$one" = "$pid" ] || rest="$rest $one"; done
      pids=$rest ;;
  esac
done
for one in $pids; do kill -KILL "$one" 2>/dev/null; done
tries=0
until rm -rf -- "$1" 2>/dev/null || [ $tries -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
`;

/**
 * Owns a temporary folder and the processes that work in it. Both are gone when the guard is closed, and also when the
 * process that made the guard is killed.
 */
export class Guard {
  readonly folder: string;
  readonly #watcher: ChildProcess;

  constructor(name: string) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), `changeover-${name}-`)));
    // A server may have to run as another user, who must be able to walk to its data.
    chmodSync(this.folder, 0o755);
    this.#watcher = spawn('/bin/sh', ['-c', WATCHER, 'guard', this.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Ctrl-C in a terminal goes to the whole group, and the watcher must outlive it.
      detached: true,
      cwd: '/',
    });
    this.#watcher.stdin?.on('error', () => undefined);
    this.#watcher.unref();
  }

  watch(pid: number): void {
    this.#watcher.stdin?.write(`watch ${pid}\n`);
  }

  /** A process that has ended must not be watched on: its number may be given to another. */
  forget(pid: number): void {
    this.#watcher.stdin?.write(`forget ${pid}\n`);
  }

  /** Ends what is still watched and removes the folder. */
  async close(): Promise<void> {
    if (this.#watcher.exitCode !== null || this.#watcher.signalCode !== null) return;
    const ended = once(this.#watcher, 'exit');
    this.#watcher.ref();
    this.#watcher.stdin?.end();
    await ended;
  }
}
