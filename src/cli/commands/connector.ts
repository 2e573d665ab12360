import { join } from 'node:path';
import type { Command } from '../command.ts';
import { layConnector } from '../new-connector.ts';

/** Where the program lies: in a checkout, the checkout. */
const ROOT = join(import.meta.dirname, '..', '..', '..');

export const connectorNewCommand: Command = {
  name: 'connector new',
  summary:
    'Lays the folder of a connector for another system, with a simulator and the contract test that it must pass.',
  description:
    'For whoever works on Changeover itself: it writes into connectors/ and src/app/registry.ts of a checkout, and is refused in an installed program. What it lays reads an invented source and passes all checks; docs/guide/connectors.md tells what to change.',
  arguments: [
    {
      name: 'name',
      description: 'Name of the connector in configurations: small letters, digits, hyphens.',
      required: true,
    },
  ],
  options: [],
  examples: ['changeover connector new acme-crm'],
  run(_context, { arguments: [name = ''] }) {
    const { folder, files, line, registered } = layConnector(ROOT, name);
    const next = [
      `npm test -- ${folder}`,
      'npm run check',
      `Replace the assumptions of ${folder}/README.md, one by one: docs/guide/connectors.md says how.`,
      'Add a row to docs/reference/connectors.md.',
    ];
    const where = registered
      ? 'src/app/registry.ts names it'
      : `Put this line into src/app/registry.ts: ${line.trim()}`;
    return Promise.resolve({
      json: { folder, files, line: line.trim(), registered, next },
      text: [`${folder} is laid: ${files.join(', ')}.`, `${where}.`, 'Next:', ...next.map((one) => `  ${one}`)].join(
        '\n',
      ),
      exit: 'ok',
    });
  },
};
