import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

it('a log line never shows a secret, at any of the depths that are used', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const secret = { authorization: 'hush', token: 'hush', apiKey: 'hush', password: 'hush', secret: 'hush' };
  logger.info({ ...secret, name: 'shown' }, 'top');
  logger.warn({ request: { headers: secret } }, 'two down');
  logger.child({ module: 'twenty' }).debug({ deep: { request: { headers: { Authorization: 'hush' } } } }, 'three down');
  logger.error({ set: { password: 'hush' } }, 'one down');
  expect(lines).toHaveLength(4);
  expect(lines.join('')).not.toContain('hush');
  expect(lines.join('')).toContain('shown');
  expect(lines[2]).toContain('"module":"twenty"');
});
