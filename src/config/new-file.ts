import { parse, stringify } from 'yaml';

/** What a new changeover.yaml is made of. */
export interface NewConfiguration {
  readonly deployment: string;
  readonly url: string;
  /** Where the key of the workspace will be found; the key itself is never asked for. */
  readonly apiKey: { readonly env: string } | { readonly file: string };
  readonly source: string;
  readonly connector: string;
  readonly settings: readonly NewSetting[];
}

export interface NewSetting {
  readonly name: string;
  readonly value: string;
  /** Above the setting, one line. */
  readonly comment: string;
}

/** The text of a configuration file that says of each option what it is for. */
export function newConfigurationText(given: NewConfiguration): string {
  return `# Changeover: what moves from where to where. docs/reference/configuration.md lists every option.

# Name of this deployment. It stands in the sync fields of the workspace; never change it after the first run.
deployment: ${scalar(given.deployment)}

# Where log and state are kept, relative to this file. They hold customers' data.
dataFolder: .changeover

twenty:
  # The workspace, without a path.
  url: ${scalar(given.url)}
  # Where the key is to be found (Twenty: Settings, APIs & Webhooks). The key never stands in this file.
  apiKey: ${'env' in given.apiKey ? `{ env: ${scalar(given.apiKey.env)} }` : `{ file: ${scalar(given.apiKey.file)} }`}

sources:
  # The name stands in record keys and reports; never change it after the first run.
  - name: ${scalar(given.source)}
    connector: ${scalar(given.connector)}
    # The mapping that comes with the connector is used unless one is named here:
    # mapping: mapping.yaml
    settings:${given.settings.length === 0 ? ' {}' : ''}
${given.settings.map(({ name, value, comment }) => `      # ${comment}\n      ${name}: ${typed(value)}\n`).join('')}
# Owners of the source who are no members of the workspace: who stands for them, and whose records stay held.
# They can be decided later, with \`changeover owners\`.
#   owners:
#     substitutes: { jo@old.example: jo@new.example }
#     waived: [left@old.example]
`;
}

/** Numbers and truth values as such, as a setting needs them; all else as text. */
function typed(value: string): string {
  const plain = /^(true|false|-?\d+(\.\d+)?)$/.test(value);
  return plain ? String(parse(value)) : scalar(value);
}

/** As YAML writes it: quoted only where it must be. */
function scalar(value: string): string {
  return stringify(value, { lineWidth: 0, singleQuote: true, defaultStringType: 'PLAIN', blockQuote: false }).trimEnd();
}
