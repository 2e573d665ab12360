// `npm start`: your own changeover.yaml where there is one, else the sample in a sandbox workspace.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { errorText, exitCodeOf } from '../../src/cli/failure.ts';
import { asChangeoverError, ChangeoverError } from '../../src/core/errors.ts';
import { runOwn } from './own.ts';
import { runSamples, SAMPLES } from './samples.ts';

const USAGE = `npm start -- [options]
  --once            load, apply the second export, account for every record, and stop
  --json            the last line is one JSON object
  --source <name>   which sample: smart-crm-online or smartdesk (two exports), dataverse, kinabase or dinamik (in which people go on working), or all of them at once into one workspace
  --size <share>    a sample so many times as large; that of smart-crm-online is made smaller only
  --limit <calls>   calls a minute that the workspace allows (100, as a fresh server)
  --kafka           keep events in Kafka and the state in PostgreSQL, which it starts for itself
  --samples         put the sample into the real workspace of TWENTY_URL and TWENTY_API_KEY
  --remove          take the sample out of that workspace again
`;

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    limit: { type: 'string', default: '100' },
    kafka: { type: 'boolean', default: false },
    samples: { type: 'boolean', default: false },
    remove: { type: 'boolean', default: false },
    source: { type: 'string' },
    size: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

/** npm changes into the package's folder; where the command was given is kept here. */
const given = process.env.INIT_CWD ?? process.cwd();
const own = [join(given, 'changeover.yaml'), join(import.meta.dirname, '..', '..', 'changeover.yaml')].find((file) =>
  existsSync(file),
);

const [usual] = SAMPLES;
const asked =
  values.source === 'all' ? SAMPLES : SAMPLES.filter(({ source }) => source === (values.source ?? usual?.source));

try {
  if (values.help) process.stdout.write(USAGE);
  else if (asked.length === 0) {
    throw new ChangeoverError('CONNECTOR_UNKNOWN', `there is no sample of ${values.source}`, {
      hint: `Samples: ${SAMPLES.map(({ source }) => source).join(', ')}, all.`,
    });
  } else if (own !== undefined && !values.samples && !values.remove && !values.kafka && values.source === undefined)
    process.exitCode = await runOwn(own, values);
  else
    process.exitCode = await runSamples({
      ...values,
      samples: asked,
      real: values.samples,
      limit: Number(values.limit),
      size: Number(values.size),
    });
} catch (thrown) {
  const error = asChangeoverError(thrown);
  process.stderr.write(`${errorText(error)}\n`);
  if (error.code === 'INTERNAL')
    process.stderr.write(`${error.stack ?? ''}\n${error.cause instanceof Error ? error.cause.stack : ''}\n`);
  process.exitCode = exitCodeOf(error);
}
