import { expect, onTestFinished, test } from 'vitest';
import { kafkaBrokers, uniqueName } from '../../support/servers/servers.ts';
import { faultsOf } from './checker.ts';
import { Workload } from './workload.ts';

test('members that come and go under load lose nothing, take nothing twice, and keep every key in order', async () => {
  const work = new Workload(await kafkaBrokers(), uniqueName('history'));
  onTestFinished(() => work.close());
  const patience = AbortSignal.timeout(90_000);
  await work.send(6, 3);
  for (let member = 0; member < 3; member += 1) await work.join();
  for (let round = 0; round < 6; round += 1) {
    await work.progress(500, patience);
    const [oldest = ''] = work.members;
    // In turns: one after the other, and both in one rebalance.
    if (round % 2 === 0) {
      await work.leave(oldest);
      await work.join();
    } else {
      await Promise.all([work.leave(oldest), work.join()]);
    }
  }
  await work.drain(patience);
  expect(faultsOf(work.history)).toEqual([]);
  expect(new Set(work.history.flatMap((one) => (one.kind === 'taken' ? [one.member] : []))).size).toBeGreaterThan(5);
});
