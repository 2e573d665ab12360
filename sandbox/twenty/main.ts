import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readMembers } from './http/admin.ts';
import { startTwentySandbox, THROTTLING_FORMS, type TwentySandboxOptions, VERSIONS } from './index.ts';
import { NO_LIMITS, type RateLimits } from './limiter.ts';

const USAGE = `node sandbox/twenty/main.ts [options]
  --port <number>     port on 127.0.0.1; 0 (default) takes a free one
  --data <file>       SQLite file to keep the workspace in
  --version <name>    1.x, 2.21 (default) or 2.43
  --throttling <form> ${THROTTLING_FORMS.join(', ')}; as the version does where it is left out
  --limit <calls>     calls per minute (and per second); 0 switches the limiter off; default 100
  --token <text>      API key; one is made where it is left out
  --key-name <text>   name of the API key, as in createdBy.name
  --members <file>    JSON array of {firstName, lastName, email, id?}
`;

function limits(text: string | undefined): RateLimits | undefined {
  if (text === undefined) return undefined;
  const tokens = Number(text);
  if (!Number.isInteger(tokens) || tokens < 0) throw new Error(`--limit must be a whole number, not ${text}`);
  if (tokens === 0) return NO_LIMITS;
  return { short: { tokens, windowMs: 1_000 }, long: { tokens, windowMs: 60_000 } };
}

function oneOf<Name extends string>(option: string, known: readonly Name[], given: string | undefined) {
  if (given === undefined) return undefined;
  const found = known.find((name) => name === given);
  if (found === undefined) throw new Error(`${option} is one of ${known.join(', ')}, not ${given}`);
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      data: { type: 'string' },
      limit: { type: 'string' },
      version: { type: 'string' },
      throttling: { type: 'string' },
      token: { type: 'string' },
      'key-name': { type: 'string' },
      members: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const rate = limits(values.limit);
  const version = oneOf('--version', VERSIONS, values.version);
  const throttling = oneOf('--throttling', THROTTLING_FORMS, values.throttling);
  const members =
    values.members === undefined ? undefined : readMembers(JSON.parse(readFileSync(values.members, 'utf8')));
  const options: TwentySandboxOptions = {
    port: Number(values.port),
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(version === undefined ? {} : { version }),
    ...(throttling === undefined ? {} : { throttling }),
    ...(rate === undefined ? {} : { limits: rate }),
    ...(values.token === undefined ? {} : { token: values.token }),
    ...(values['key-name'] === undefined ? {} : { apiKeyName: values['key-name'] }),
    ...(members === undefined ? {} : { members }),
  };
  const sandbox = await startTwentySandbox(options);
  const { url, token, restrictedToken } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, token, restrictedToken })}\n`);
  const stop = (): void => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

await main();
