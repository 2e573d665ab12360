import type { SetupQuestion } from '../../src/source/connector.ts';

export { CAPABILITIES, createConnector } from './connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);

export const setup: readonly SetupQuestion[] = [
  { setting: 'url', question: 'Base address of the API', proposal: null, comment: 'Base address of the API.' },
];
