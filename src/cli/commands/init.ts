import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONNECTORS, type ConnectorModule } from '../../app/registry.ts';
import { parseConfiguration } from '../../config/load.ts';
import { type NewConfiguration, newConfigurationText } from '../../config/new-file.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Command, CommandContext, CommandInput } from '../command.ts';
import { text } from '../operate.ts';

interface Question {
  readonly question: string;
  /** What is taken where nobody says otherwise; null where an empty answer leaves it out. */
  readonly proposal: string | null;
  /** The option that answers it. */
  readonly given: string | undefined;
}

/** Names of settings whose values nobody may read in a file. */
const SECRETS = /secret|password|token|key$/i;

export const initCommand: Command = {
  name: 'init',
  summary: 'Writes a changeover.yaml: asks on a terminal, takes options and proposals elsewhere.',
  description: 'Never writes over a file, and never asks for a secret: the file says where the key is to be found.',
  arguments: [],
  options: [
    { flags: '--url <address>', description: 'Address of the Twenty workspace; TWENTY_URL where that is set.' },
    { flags: '--api-key-env <name>', description: 'Environment variable that will hold its key; TWENTY_API_KEY.' },
    {
      flags: '--api-key-file <file>',
      description: 'File that will hold its key instead, relative to the configuration.',
    },
    { flags: '--deployment <name>', description: 'Name of this deployment; changeover.' },
    { flags: '--connector <name>', description: 'Which system is read.' },
    { flags: '--source <name>', description: 'Name of the source in keys and reports; crm.' },
    {
      flags: '--setting <name=value>',
      description: 'A setting of the connector, as its page lists them.',
      many: true,
    },
  ],
  examples: [
    'changeover init',
    'changeover init --url https://crm.example.com --connector smart-crm-online --setting folder=./exports',
  ],
  async run(context, input) {
    const file = context.configFile;
    const day = new Date().toISOString().slice(0, 10);
    const answers = await answersOf(context, input, day);
    const content = newConfigurationText(answers);
    // What it says must be understood before it is written.
    const { sources } = parseConfiguration(content, file, {});
    const { accessRequest } = await connectorOf(answers.connector);
    write(file, content);
    const letter = accessRequest === undefined ? null : join(dirname(file), 'access-request.md');
    if (letter !== null)
      write(letter, accessRequest?.(new Map(answers.settings.map(({ name, value }) => [name, value])), day) ?? '');
    const next = ['changeover doctor', `changeover discover ${sources[0]?.name}`];
    return {
      json: { file, next, ...(letter === null ? {} : { letter }) },
      text: `${file} is written.${letter === null ? '' : ` Send ${letter} to the support of the source.`} Put the key where it says, then see what is left to do: ${next[0]}`,
      exit: 'ok',
    };
  },
};

async function answersOf(context: CommandContext, input: CommandInput, day: string): Promise<NewConfiguration> {
  const settings = settingsOf(input);
  const ask = (question: Question) => answer(context, question);
  const url = await ask({
    question: 'Address of the Twenty workspace',
    proposal: context.environment.TWENTY_URL || 'https://api.twenty.com',
    given: text(input, 'url'),
  });
  const file = text(input, 'apiKeyFile');
  const env = text(input, 'apiKeyEnv');
  if (file !== undefined && env !== undefined)
    throw new ChangeoverError('USAGE', 'the key is in a variable or in a file: give --api-key-env or --api-key-file');
  const apiKey =
    file !== undefined
      ? { file }
      : {
          env: variable(
            await ask({
              question: 'Environment variable that will hold its key',
              proposal: 'TWENTY_API_KEY',
              given: env,
            }),
          ),
        };
  const names = Object.keys(CONNECTORS);
  const connector = await ask({
    question: `Which system is read (${names.join(', ')})`,
    // Which system somebody leaves is not for us to guess.
    proposal: names.length === 1 ? (names[0] ?? null) : null,
    given: text(input, 'connector'),
  });
  const module = await connectorOf(connector);
  const deployment = await ask({
    question: 'Name of this deployment',
    proposal: 'changeover',
    given: text(input, 'deployment'),
  });
  const source = await ask({
    question: 'Name of the source in keys and reports',
    proposal: 'crm',
    given: text(input, 'source'),
  });
  const answered: { name: string; value: string; comment: string }[] = [];
  for (const { setting, question, proposal, comment } of module.setup ?? []) {
    const value = await ask({ question, proposal, given: settings.get(setting) });
    settings.delete(setting);
    if (value !== '') answered.push({ name: setting, value, comment });
  }
  if (module.accessRequest !== undefined && !settings.has('accessRequested'))
    answered.push({ name: 'accessRequested', value: day, comment: 'Day on which access was asked for.' });
  for (const [name, value] of settings) answered.push({ name, value, comment: `See the page of ${connector}.` });
  return { deployment, url: withoutSecret(url), apiKey, source, connector, settings: answered };
}

/** The option, else what the person says, else the proposal. */
async function answer(context: CommandContext, { question, proposal, given }: Question): Promise<string> {
  if (given !== undefined) return given;
  const said = await context.ask?.(`${question}${proposal === null ? '' : ` [${proposal}]`}: `);
  return said?.trim() || (proposal ?? '');
}

function settingsOf(input: CommandInput): Map<string, string> {
  const given = input.options.setting;
  return new Map(
    (Array.isArray(given) ? given : []).map((one: string) => {
      const at = one.indexOf('=');
      const name = one.slice(0, at);
      if (at < 1 || !/^[A-Za-z][A-Za-z0-9]*$/.test(name))
        throw new ChangeoverError('USAGE', '--setting takes name=value');
      if (SECRETS.test(name))
        throw new ChangeoverError('USAGE', `${name} is a secret, which never stands in the configuration`, {
          hint: `Write \`${name}: { env: NAME }\` into the file afterwards, with the name of an environment variable.`,
        });
      return [name, one.slice(at + 1)] as const;
    }),
  );
}

async function connectorOf(name: string): Promise<ConnectorModule> {
  const load = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (load !== undefined) return load();
  throw new ChangeoverError('CONNECTOR_UNKNOWN', `there is no connector ${name}`, {
    hint: `Use one of: ${Object.keys(CONNECTORS).join(', ')}.`,
  });
}

/** A key pasted where its name was asked for must not end up in the file. */
function variable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) return name;
  throw new ChangeoverError('USAGE', 'that is not the name of an environment variable', {
    hint: 'Give the name, such as TWENTY_API_KEY, never the key itself.',
  });
}

function withoutSecret(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw new ChangeoverError('USAGE', `${JSON.stringify(url)} is not the address of a server`);
  if (parsed.username === '' && parsed.password === '' && parsed.search === '' && parsed.hash === '') return url;
  throw new ChangeoverError('USAGE', 'the address must not carry a user, a password or anything behind the path');
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new ChangeoverError('CONFIG_EXISTS', `${file} is there already`, { place: { file }, cause });
    throw new ChangeoverError('CONFIG_NOT_READABLE', `${file} cannot be written: ${(cause as Error).message}`, {
      place: { file },
      hint: 'Name a file in a folder that you may write in, with --config.',
      cause,
    });
  }
}
