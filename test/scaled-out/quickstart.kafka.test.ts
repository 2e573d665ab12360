import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quickstartFolder } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';

const root = join(import.meta.dirname, '..', '..');
const SLOW = 300_000;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'changeover-quickstart-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs the quickstart to its end in a folder of its own, and gives its account. */
async function quickstart(name: string, ...options: readonly string[]): Promise<Account> {
  const out = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(root, 'sandbox/quickstart/main.ts'),
        ...['--source', 'smartdesk', '--once', '--json', '--limit', '0', '--size', '0.03', ...options],
      ],
      {
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'),
          CHANGEOVER_QUICKSTART_ROOT: join(home, name),
          INIT_CWD: home,
        },
        maxBuffer: 64 * 1024 * 1024,
        timeout: SLOW,
      },
      (error, stdout, errors) => (error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${errors}`))),
    );
  });
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Account;
}

test(
  'the quickstart on Kafka and PostgreSQL accounts for every record as the one on files does, and a recount agrees',
  async () => {
    const onFiles = await quickstart('files');
    const onServers = await quickstart('servers', '--kafka');
    expect(onServers).toEqual(onFiles);
    expect(onServers).toMatchObject({ residue: 0 });
    const folder = quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: join(home, 'servers') });
    expect(recountQuickstart(folder, onServers).differences).toEqual([]);
  },
  SLOW,
);
