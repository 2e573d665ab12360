import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../config/load.ts';
import { silentLogger } from '../../core/logger.ts';
import { runCommandLine } from '../run.ts';

const SMART = ['--connector', 'smart-crm-online'];

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-init-'));
  file = join(folder, 'changeover.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a person types, answer by answer; null where nobody sits at the terminal. */
async function init(typed: readonly string[] | null, ...options: string[]) {
  const out: string[] = [];
  const asked: string[] = [];
  const left = [...(typed ?? [])];
  const code = await runCommandLine(['init', '--config', file, '--json', ...options], {
    environment: { TWENTY_API_KEY: 'hush-hush' },
    terminal: false,
    ask:
      typed === null
        ? null
        : async (question) => {
            asked.push(question);
            return left.shift() ?? '';
          },
    out: (text) => void out.push(text),
    say: () => undefined,
    makeLogger: silentLogger,
    onSignal: () => () => undefined,
    exitNow: () => undefined,
  });
  return { code, asked, result: JSON.parse(out.join('')) as { error?: { code: string; message: string } } };
}

describe('changeover init', () => {
  test('writes what options say and proposals fill in, as a file that the program understands', async () => {
    const { code } = await init(
      null,
      ...['--url', 'https://crm.example.com', '--deployment', 'acme', '--source', 'old-crm'],
      ...SMART,
      ...[
        '--setting',
        'folder=./my exports: 2026',
        '--setting',
        'deleteShare=0.2',
        '--setting',
        'compareBeforeLoad=false',
      ],
    );
    expect(code).toBe(0);
    expect(loadConfiguration(file, {}).configuration).toMatchObject({
      deployment: 'acme',
      twenty: { url: 'https://crm.example.com', apiKey: { env: 'TWENTY_API_KEY' } },
      sources: [
        {
          name: 'old-crm',
          connector: 'smart-crm-online',
          settings: {
            folder: './my exports: 2026',
            timezone: 'Europe/London',
            deleteShare: 0.2,
            compareBeforeLoad: false,
          },
        },
      ],
    });
    expect(readFileSync(file, 'utf8')).not.toContain('hush');
  });

  test('asks on a terminal only what no option says, and takes the proposal for an empty answer', async () => {
    const { code, asked } = await init(
      ['', 'smart-crm-online', '', 'legacy', './drop', '', 'windows-1254'],
      '--url',
      'http://127.0.0.1:3000',
    );
    expect(code).toBe(0);
    expect(asked).toHaveLength(7);
    expect(asked.join('\n')).not.toMatch(/workspace/);
    const { configuration } = loadConfiguration(file, {});
    expect(configuration).toMatchObject({
      twenty: { url: 'http://127.0.0.1:3000' },
      sources: [
        { name: 'legacy', settings: { folder: './drop', timezone: 'Europe/London', codePage: 'windows-1254' } },
      ],
    });
  });

  test('never writes over a file', async () => {
    writeFileSync(file, 'mine\n');
    const before = statSync(file).mtimeMs;
    const { code, result } = await init(null, ...SMART);
    expect([code, result.error?.code]).toEqual([1, 'CONFIG_EXISTS']);
    expect([readFileSync(file, 'utf8'), statSync(file).mtimeMs]).toEqual(['mine\n', before]);
  });

  test.each([
    ['a key where its name is asked for', ['--api-key-env', 'eyJhbGciOi.J9.x-y']],
    ['a password in the address', ['--url', 'https://me:hush@crm.example.com']],
    ['a key in the address', ['--url', 'https://crm.example.com?key=hush']],
    ['a secret among the settings', ['--setting', 'clientSecret=hush']],
    ['both places for the key', ['--api-key-env', 'A', '--api-key-file', 'b']],
    ['no address', ['--url', 'crm']],
    ['a setting without a value', ['--setting', 'folder']],
  ])('refuses %s, and writes nothing', async (_, options) => {
    const { code, result } = await init(null, ...SMART, ...options);
    expect([code, result.error?.code]).toEqual([2, 'USAGE']);
    expect(result.error?.message).not.toMatch(/hush|eyJ/);
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  test('what the program would refuse later is refused now', async () => {
    const { code, result } = await init(null, ...SMART, '--source', 'Not A Name');
    expect([code, result.error?.code]).toEqual([1, 'CONFIG_INVALID']);
    expect((await init(null, '--connector', 'none')).result.error?.code).toBe('CONNECTOR_UNKNOWN');
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});

test('KIN-S1 a source to which access must be asked for gets a dated letter that names workspace and scope', async () => {
  const { code } = await init(null, '--connector', 'kinabase', '--setting', 'workspace=firm.example');
  expect(code).toBe(0);
  const letter = readFileSync(join(folder, 'access-request.md'), 'utf8');
  expect(letter).toContain('Workspace: firm.example');
  expect(letter).toContain('the rights of an administrator');
  const day = /Date: (\d{4}-\d\d-\d\d)/.exec(letter)?.[1];
  expect(loadConfiguration(file, {}).configuration.sources[0]?.settings).toMatchObject({ accessRequested: day });
});
