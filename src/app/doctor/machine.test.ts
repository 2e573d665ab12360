import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../config/load.ts';
import { type Paths, pathsOf } from '../paths.ts';
import { checkDataFolder, checkDisk, checkProgram, type Machine } from './machine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function paths(dataFolder: string): Paths {
  const text = JSON.stringify({ dataFolder, sources: [{ name: 'crm', connector: 'smart-crm-online' }] });
  return pathsOf({ configuration: parseConfiguration(text, 'x', {}), folder, file: join(folder, 'x') });
}

const machine = (over: Partial<Machine> = {}): Machine => ({
  node: '24.1.0',
  oldestNode: '22.22',
  freeBytes: () => 2 ** 40,
  ...over,
});

describe('this machine', () => {
  test.each([
    ['22.22.0', 'ok'],
    ['24.0.0', 'ok'],
    ['22.3.0', 'fail'],
    ['20.99.0', 'fail'],
  ])('Node %s: %s', (node, outcome) => {
    expect(checkProgram(machine({ node }), '1').outcome).toBe(outcome);
  });

  test('a data folder that is there, is to be made, is open to others, or cannot be', () => {
    mkdirSync(join(folder, 'closed'), { mode: 0o700 });
    mkdirSync(join(folder, 'open'), { mode: 0o755 });
    writeFileSync(join(folder, 'file'), '');
    const outcome = (name: string) => checkDataFolder(paths(name)).outcome;
    expect(['closed', 'to/be/made', 'open', 'file', 'file/below'].map(outcome)).toEqual([
      'ok',
      'ok',
      'warn',
      'fail',
      'fail',
    ]);
  });

  test('a disk with less than twice the largest export fails, one with little beside that warns', () => {
    const exports = join(folder, 'exports');
    mkdirSync(join(exports, 'export-1', 'more'), { recursive: true });
    writeFileSync(join(exports, 'export-1', 'a.csv'), 'x'.repeat(600));
    writeFileSync(join(exports, 'export-1', 'more', 'b.csv'), 'x'.repeat(400));
    writeFileSync(join(exports, 'export-2.zip'), 'x'.repeat(300));
    const outcome = (free: number) =>
      checkDisk(paths('data'), [exports, join(folder, 'none')], machine({ freeBytes: () => free })).outcome;
    expect([1_999, 2_000, 2 ** 31].map(outcome)).toEqual(['fail', 'warn', 'ok']);
  });
});
