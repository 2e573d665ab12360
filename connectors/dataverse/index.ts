export { CAPABILITIES, createConnector, Dataverse } from './connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);
