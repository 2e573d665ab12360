import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Broker, type KafkaCluster, startKafka } from '../../../scripts/servers/kafka.ts';
import { faultsOf } from './checker.ts';
import { Workload } from './workload.ts';

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafka({ brokers: 3 });
});

afterAll(async () => {
  await cluster.stop();
});

function broker(at: number): Broker {
  const found = cluster.brokers[at];
  if (found === undefined) throw new Error(`the cluster has no broker ${at}`);
  return found;
}

test('one broker of three at a time is killed, restarted, stopped in time and lost, and nothing else happens', async () => {
  const work = new Workload(cluster.addresses, 'failover');
  onTestFinished(() => work.close());
  const patience = AbortSignal.timeout(150_000);
  await work.send(6, 2);
  for (let member = 0; member < 2; member += 1) await work.join();
  await work.progress(500, patience);

  await broker(0).process.kill('SIGKILL');
  await work.progress(500, patience);
  await broker(0).process.start();
  await work.progress(500, patience);

  await broker(1).process.restart();
  await work.progress(500, patience);

  // Connections stay open, and nobody answers on them.
  broker(2).process.pause();
  await work.progress(500, patience);
  broker(2).process.resume();
  await work.progress(500, patience);

  await broker(1).process.kill('SIGKILL');
  await work.progress(500, patience);
  await work.drain(patience);
  expect(faultsOf(work.history)).toEqual([]);
}, 240_000);
