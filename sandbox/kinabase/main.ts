import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/core/random.ts';
import { takeOrders } from '../simulator/orders.ts';
import { closeOnSignal, say } from '../simulator/process.ts';
import { recordsOf } from './every-record.ts';
import { startKinabaseSandbox } from './index.ts';
import { samplePlay } from './sample/play.ts';
import { SAMPLE_SEED, writeSample } from './sample/sample.ts';
import { sizesOf } from './sample/sizes.ts';

const USAGE = `node sandbox/kinabase/main.ts [options]
  --port <number>       port on 127.0.0.1; 0 (default) takes a free one
  --secret <text>       app secret; one is made where it is left out
  --token <seconds>     how long a token is valid; default 3600
  --throttle <share>    share of the calls that are answered with 429, 0 to 1; default 0
  --limit <calls>       calls in any minute; default 100, 0 switches the limit off
  --sample              fills the workspace with the sample
  --size <share>        makes the sample so many times as large; default 1
  --orders              takes orders from standard input, a line each: play <deeds> <seconds>, dump <file>
  --play <seconds>      lets people work in the sample, one deed every so many seconds
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      secret: { type: 'string' },
      token: { type: 'string', default: '3600' },
      throttle: { type: 'string', default: '0' },
      limit: { type: 'string', default: '100' },
      sample: { type: 'boolean', default: false },
      size: { type: 'string', default: '1' },
      orders: { type: 'boolean', default: false },
      play: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const sandbox = await startKinabaseSandbox({
    port: Number(values.port),
    switches: { tokenSeconds: Number(values.token) },
    callsPerMinute: Number(values.limit) || null,
    ...(values.secret === undefined ? {} : { secret: values.secret }),
  });
  if (Number(values.throttle) > 0) sandbox.fault({ fault: { kind: 'throttle' }, rate: Number(values.throttle) });
  if (values.sample) writeSample(sandbox.workspace, sizesOf(Number(values.size)));
  const play = samplePlay(sandbox.workspace, seededRandom(SAMPLE_SEED));
  const every = Number(values.play) * 1000;
  if (values.sample && every > 0) setInterval(() => void process.stderr.write(`${play.next()}\n`), every).unref();
  const { url, appId, secret } = sandbox;
  say({ url, appId, secret });
  if (values.orders) takeOrders(process.stdin, { play, rows: () => recordsOf(sandbox.workspace), say });
  closeOnSignal(sandbox);
}

await main();
