import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { createLogger } from '../core/logger.ts';
import { runCommandLine } from './run.ts';

const seated = process.stdin.isTTY === true && process.stderr.isTTY === true;

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  terminal: process.stderr.isTTY === true,
  out: (text) => void process.stdout.write(text),
  say: (line) => void process.stderr.write(`${line}\n`),
  ask: seated ? ask : null,
  makeLogger: (level) => createLogger({ level }),
  onSignal: (handle) => {
    process.on('SIGINT', handle);
    process.on('SIGTERM', handle);
    return () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    };
  },
  exitNow: (code) => process.exit(code),
});

/** On standard error, as standard output belongs to the result. Ctrl-C ends the program as anywhere else. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
