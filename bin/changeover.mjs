#!/usr/bin/env node
// The command. In a checkout it runs the sources, in a package the compiled ones.
// Plain JavaScript that an old Node reads too: there it goes on with the Node that a checkout brings along, or says what is needed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const compiled = new URL('../dist/src/cli/main.js', import.meta.url);
const program = existsSync(compiled) ? compiled : sources;
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.replace(/^\D*/, '');

if (isAtLeast(process.versions.node, oldest)) await import(program.href);
else goOnWith(fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url)));

function isAtLeast(version, wanted) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function goOnWith(newer) {
  if (!existsSync(newer)) {
    process.stderr.write(
      `changeover needs Node ${oldest} or newer, and this is ${process.versions.node}.\n` +
        'Install that, or run `npm ci` in a checkout, which brings its own.\n',
    );
    process.exit(1);
  }
  const child = spawn(
    newer,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(program), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  );
  // A terminal sends Ctrl-C to the whole group by itself; a supervisor sends SIGTERM to this process alone.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Our own handler would take it for another request to stop, and the end for a good one.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
