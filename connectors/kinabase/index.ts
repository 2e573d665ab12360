import type { Connector, ConnectorContext } from '../../src/source/connector.ts';
import { Kinabase } from './connector.ts';
import { parseSettings } from './settings.ts';

export { CAPABILITIES, Kinabase } from './connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'kinabase',
): Connector {
  return new Kinabase(context, parseSettings(settings), source);
}
