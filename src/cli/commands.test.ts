import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { EXIT_CODES } from './command.ts';
import { COMMANDS } from './commands.ts';
import { exitCodeOf } from './failure.ts';
import { COMMAND_GROUPS } from './groups.ts';
import { exitCodeAfter, runCommandLine } from './run.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function call(...argv: string[]) {
  const out: string[] = [];
  const said: string[] = [];
  const code = await runCommandLine(argv, {
    environment: {},
    terminal: false,
    ask: null,
    out: (text) => void out.push(text),
    say: (line) => void said.push(line),
    makeLogger: silentLogger,
    onSignal: () => () => undefined,
    exitNow: () => undefined,
  });
  return { code, out: out.join(''), said: said.join('\n') };
}

describe('the command line', () => {
  test('every command has a name of its own, a summary that is a sentence, and examples that begin with changeover', () => {
    expect(new Set(COMMANDS.map((command) => command.name)).size).toBe(COMMANDS.length);
    for (const command of COMMANDS) {
      expect(command.summary, command.name).toMatch(/^[A-Z].*\.$/);
      for (const example of command.examples) expect(example).toMatch(new RegExp(`^changeover ${command.name}\\b`));
    }
  });

  test('help names every command', async () => {
    const { out, code } = await call('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toContain(command.name.split(' ')[0]);
  });

  test('every group of commands says what it is for, and none is described that is not there', () => {
    const groups = COMMANDS.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? '');
    expect(Object.keys(COMMAND_GROUPS)).toEqual([...new Set(groups)]);
    for (const purpose of Object.values(COMMAND_GROUPS)) expect(purpose).toMatch(/^[A-Z].*\.$/);
  });

  test('tells its version', async () => {
    expect(await call('--version')).toEqual({ code: 0, out: `${manifest.version}\n`, said: '' });
  });

  test('every command gives its result as JSON when asked, and says so in its help', async () => {
    for (const command of COMMANDS) {
      const { out, code } = await call(...command.name.split(' '), '--help');
      expect(code, command.name).toBe(0);
      expect(out, command.name).toContain('--json');
      expect(out.replaceAll(/\s+/g, ' '), command.name).toContain(command.summary);
    }
  });

  test('an error ends in the code that says whether a person, time or a change is needed', () => {
    const codes = (['INTERNAL', 'USAGE', 'TWENTY_TOKEN_REFUSED', 'TWENTY_UNREACHABLE'] as const).map((code) =>
      exitCodeOf(new ChangeoverError(code, '')),
    );
    expect(codes).toEqual([1, 2, 3, 4]);
    expect([exitCodeAfter('SIGINT'), exitCodeAfter('SIGTERM')]).toEqual([130, 143]);
  });

  test('an unknown command is a usage error', async () => {
    expect((await call('nonsense')).code).toBe(EXIT_CODES.usage.code);
    expect((await call('review', 'answer')).code).toBe(EXIT_CODES.usage.code);
  });

  test('an error comes with code, place and what to do; as JSON with --json', async () => {
    const plain = await call('status', '--config', '/nowhere/changeover.yaml');
    expect(plain.code).toBe(EXIT_CODES.failed.code);
    expect(plain.said).toMatch(/^\[CONFIG_NOT_READABLE\] .*\n {2}where: \/nowhere\/changeover\.yaml\n {2}what to do: /);
    const json = await call('status', '--config', '/nowhere/changeover.yaml', '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      error: { code: 'CONFIG_NOT_READABLE', place: { file: '/nowhere/changeover.yaml' }, retry: 'never' },
    });
  });

  test('what belongs to no deployment needs none', async () => {
    const { out, code } = await call('inventory', 'template', 'crm');
    expect(code).toBe(0);
    expect(out).toContain('source: crm');
  });
});
