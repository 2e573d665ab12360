import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';

test('it loads in plain Node, which sees fewer names in kafkajs than the test runner does', () => {
  const module = new URL('./kafka-bus.ts', import.meta.url).href;
  const program = `const { openKafkaBus } = await import(${JSON.stringify(module)}); console.log(typeof openKafkaBus);`;
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(result.stdout).toBe('function\n');
});
