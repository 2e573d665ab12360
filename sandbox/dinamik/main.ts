import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/core/random.ts';
import { takeOrders } from '../simulator/orders.ts';
import { closeOnSignal, say } from '../simulator/process.ts';
import { rowsOf } from './every-row.ts';
import { startDinamikSandbox } from './index.ts';
import { samplePlay } from './sample/play.ts';
import { SAMPLE_SEED, writeSample } from './sample/sample.ts';
import { sizesOf } from './sample/sizes.ts';

const USAGE = `node sandbox/dinamik/main.ts [options]
  --port <number>     port on 127.0.0.1; 0 (default) takes a free one
  --secret <text>     API secret; one is made where it is left out
  --token <seconds>   how long a token is valid; default 1200
  --rate <calls>      calls a second that the hidden limit allows; 0, the default: as many as there are
  --sample            fills the account with the sample
  --size <share>      makes the sample so many times as large; default 1
  --orders            takes orders from standard input, a line each: play <deeds> <seconds>, dump <file>
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      secret: { type: 'string' },
      token: { type: 'string', default: '1200' },
      rate: { type: 'string', default: '0' },
      sample: { type: 'boolean', default: false },
      size: { type: 'string', default: '1' },
      orders: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const rate = Number(values.rate);
  const sandbox = await startDinamikSandbox({
    port: Number(values.port),
    switches: { tokenSeconds: Number(values.token) },
    limit: rate > 0 ? { kind: 'bucket', perSecond: rate, burst: Math.ceil(rate) } : null,
    ...(values.secret === undefined ? {} : { apiSecret: values.secret }),
  });
  if (values.sample) writeSample(sandbox.account, sizesOf(Number(values.size)));
  const play = samplePlay(sandbox.account, seededRandom(SAMPLE_SEED));
  const { url, apiKey, apiSecret } = sandbox;
  say({ url, apiKey, apiSecret });
  if (values.orders) takeOrders(process.stdin, { play, rows: () => rowsOf(sandbox.account), say });
  closeOnSignal(sandbox);
}

await main();
