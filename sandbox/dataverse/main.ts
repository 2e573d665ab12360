import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/core/random.ts';
import { takeOrders } from '../simulator/orders.ts';
import { closeOnSignal, say } from '../simulator/process.ts';
import { rowsOf } from './every-row.ts';
import { type DataverseSandboxOptions, startDataverseSandbox } from './index.ts';
import { samplePlay } from './sample/play.ts';
import { SAMPLE_SEED, writeSample } from './sample/sample.ts';
import { sizesOf } from './sample/sizes.ts';

const USAGE = `node sandbox/dataverse/main.ts [options]
  --port <number>       port on 127.0.0.1; 0 (default) takes a free one
  --secret <text>       client secret; one is made where it is left out
  --token <seconds>     how long an access token is valid; default 3599
  --throttle <share>    share of the calls that are answered with 429, 0 to 1; default 0
  --sample              fills the environment with the sample organisation
  --size <share>        makes the sample so many times as large; default 1
  --orders              takes orders from standard input, a line each: play <deeds> <seconds>, dump <file>
  --play <seconds>      lets people work in the sample, one deed every so many seconds
  --no-limits           switches service protection off
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      secret: { type: 'string' },
      token: { type: 'string', default: '3599' },
      throttle: { type: 'string', default: '0' },
      sample: { type: 'boolean', default: false },
      size: { type: 'string', default: '1' },
      orders: { type: 'boolean', default: false },
      play: { type: 'string', default: '0' },
      'no-limits': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const options: DataverseSandboxOptions = {
    port: Number(values.port),
    switches: { tokenSeconds: Number(values.token) },
    ...(values.secret === undefined ? {} : { secret: values.secret }),
    ...(values['no-limits'] ? { limits: null } : {}),
  };
  const sandbox = await startDataverseSandbox(options);
  if (Number(values.throttle) > 0) {
    sandbox.fault({
      fault: { kind: 'throttle', limit: 'requests', seconds: [1, 30] },
      rate: Number(values.throttle),
    });
  }
  if (values.sample) writeSample(sandbox.organisation, sizesOf(Number(values.size)));
  const play = samplePlay(sandbox.organisation, seededRandom(SAMPLE_SEED));
  const every = Number(values.play) * 1000;
  if (values.sample && every > 0) setInterval(() => void process.stderr.write(`${play.next()}\n`), every).unref();
  const { url, tenant, clientId, secret } = sandbox;
  say({ url, authority: url, tenant, clientId, secret });
  if (values.orders) takeOrders(process.stdin, { play, rows: () => rowsOf(sandbox.organisation), say });
  closeOnSignal(sandbox);
}

await main();
