import { expect, it } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { ChangeoverError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { seededRandom } from '../core/random.ts';
import { patiently } from './patience.ts';

const world = () => ({ clock: new SimulatedClock(), random: seededRandom(1), logger: silentLogger() });
const down = () => new ChangeoverError('REGISTRY_UNREACHABLE', 'down');

it('is done once whoever it needs is there', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    if (tries < 4) throw down();
    return 'done';
  };
  expect(await patiently('asking', work, world())).toBe('done');
  expect(tries).toBe(4);
});

it('is not tried again where trying cannot help, and given up after a minute where it might', async () => {
  let tries = 0;
  const refused = async () => {
    tries += 1;
    throw new ChangeoverError('REGISTRY_AUTHENTICATION', 'no');
  };
  await expect(patiently('asking', refused, world())).rejects.toMatchObject({ code: 'REGISTRY_AUTHENTICATION' });
  expect(tries).toBe(1);
  const { clock, ...rest } = world();
  await expect(patiently('asking', () => Promise.reject(down()), { clock, ...rest })).rejects.toThrow('down');
  expect(clock.monotonic()).toBeGreaterThan(60_000);
  expect(clock.monotonic()).toBeLessThan(70_000);
});
