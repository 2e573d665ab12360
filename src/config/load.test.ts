import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import { ENVIRONMENT_OVERRIDES, parseConfiguration, readSecret } from './load.ts';
import { optionRows } from './reference.ts';

const minimal = 'sources:\n  - name: crm\n    connector: smart-crm-online\n';

function failure(work: () => unknown): ChangeoverError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof ChangeoverError) return thrown;
  }
  throw new Error('it did not fail');
}

describe('changeover.yaml', () => {
  test('needs no more than a source; everything else has a stated default', () => {
    const configuration = parseConfiguration(minimal, 'changeover.yaml', {});
    expect(configuration.server).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(configuration.twenty.apiKey).toEqual({ env: 'TWENTY_API_KEY' });
    expect(configuration.sources[0]?.owners).toEqual({ substitutes: {}, waived: [], without: [], inactive: 'kept' });
  });

  test('an unknown option is refused with its line', () => {
    const error = failure(() => parseConfiguration(`${minimal}twenty:\n  urll: x\n`, 'changeover.yaml', {}));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.place).toEqual({ file: 'changeover.yaml', line: 5 });
    expect(error.message).toContain('urll');
  });

  test('all mistakes are told at once', () => {
    const error = failure(() => parseConfiguration('sources: []\nserver:\n  port: 99999\n', 'c.yaml', {}));
    expect(error.message.split('\n').length).toBe(2);
  });

  test('a breaker that could never open is refused', () => {
    const error = failure(() => parseConfiguration(`${minimal}breaker: { window: 10, limit: 11 }\n`, 'c.yaml', {}));
    expect(error.message).toContain('limit may not exceed window');
    expect(parseConfiguration(minimal, 'c.yaml', {}).breaker).toEqual({ window: 100, limit: 20 });
  });

  test('broken YAML is told with line and column', () => {
    const error = failure(() => parseConfiguration('sources:\n  - name: [\n', 'c.yaml', {}));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.place.line).toBeGreaterThan(1);
  });

  test('two sources of one name are refused', () => {
    const error = failure(() =>
      parseConfiguration(`${minimal}  - name: crm\n    connector: smart-crm-online\n`, 'c.yaml', {}),
    );
    expect(error.message).toContain('two sources');
  });

  test('the environment wins over the file', () => {
    const configuration = parseConfiguration(minimal, 'c.yaml', {
      CHANGEOVER_PORT: '0',
      TWENTY_URL: 'http://127.0.0.1:3000',
    });
    expect(configuration.server.port).toBe(0);
    expect(configuration.twenty.url).toBe('http://127.0.0.1:3000');
  });

  test('the variables that override are the ones that the reference names', () => {
    const named = optionRows().filter((row) => row.env !== null);
    expect(Object.fromEntries(named.map((row) => [row.env, row.path]))).toEqual(
      Object.fromEntries(Object.entries(ENVIRONMENT_OVERRIDES).map(([name, path]) => [name, path.join('.')])),
    );
  });
});

describe('secrets', () => {
  test('come from the environment, and an empty one is missing', () => {
    expect(readSecret({ env: 'KEY' }, 'the key', '/', { KEY: ' abc\n' })).toBe('abc');
    expect(failure(() => readSecret({ env: 'KEY' }, 'the key', '/', {})).code).toBe('CONFIG_SECRET_MISSING');
  });

  test('a secret file that others may read is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-secret-'));
    writeFileSync(join(folder, 'key'), 'abc\n');
    chmodSync(join(folder, 'key'), 0o644);
    expect(failure(() => readSecret({ file: 'key' }, 'the key', folder, {})).code).toBe('CONFIG_SECRET_EXPOSED');
    chmodSync(join(folder, 'key'), 0o600);
    expect(readSecret({ file: 'key' }, 'the key', folder, {})).toBe('abc');
  });
});
