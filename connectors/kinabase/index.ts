import type { Connector, ConnectorContext, SetupQuestion } from '../../src/source/connector.ts';
import { requestText } from './access.ts';
import { Kinabase } from './connector.ts';
import { KinabaseExport } from './export/connector.ts';
import { parseSettings } from './settings.ts';

export { CAPABILITIES, Kinabase } from './connector.ts';
export { KinabaseExport } from './export/connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);

export const setup: readonly SetupQuestion[] = [
  {
    setting: 'workspace',
    question: 'Domain of the Kinabase workspace',
    proposal: null,
    comment: 'Stands in the access request, and tells links to other workspaces.',
  },
  {
    setting: 'appId',
    question: 'App ID of the registration (empty: it has not come yet)',
    proposal: null,
    comment: 'The App Secret goes into the environment variable KINABASE_APP_SECRET, never into this file.',
  },
];

/** What an administrator sends to the support of Kinabase (KIN-S1). */
export function accessRequest(settings: ReadonlyMap<string, string>, day: string): string {
  return requestText(settings.get('workspace') ?? '(domain of the workspace)', day);
}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'kinabase',
): Connector {
  const parsed = parseSettings(settings);
  return parsed.export === undefined
    ? new Kinabase(context, parsed, source)
    : new KinabaseExport(context, parsed, parsed.export, source);
}
