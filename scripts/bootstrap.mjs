// Runs one of the project's TypeScript programs on the Node that the project brings along.
// Plain JavaScript on purpose: this is the one file that must work on whatever Node the machine has (20 or newer).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.changeover-lock');
const node = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The lock file's hash: packages are installed again exactly when it changed. */
function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function install() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  process.stderr.write('Installing packages (npm ci) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Its output goes to standard error, so that --json output stays clean.
  const result = spawnSync(npm, ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    // npm start sets npm_config_* for itself; a production setting there must not drop what the tests need.
    env: { ...process.env, NODE_ENV: 'development' },
  });
  if (result.error) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) fail('npm ci failed; its messages above say why.');
  if (!existsSync(node)) {
    fail(
      'The package "node" did not unpack its program, because its install script was not allowed to run.\n' +
        'Allow it with: npm install-scripts approve node   (or: npm rebuild node --ignore-scripts=false)',
    );
  }
  writeFileSync(stamp, wanted);
}

const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail('usage: node scripts/bootstrap.mjs <program.ts> [arguments]');
install();

const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, program), ...args], {
  stdio: 'inherit',
  env: { ...process.env, CHANGEOVER_ROOT: root },
});
// A terminal sends Ctrl-C to the whole group by itself; a supervisor sends SIGTERM to this process alone.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => fail(`${node}: ${error.message}`));
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Our own handler would take it for another request to stop, and the end for a good one.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
