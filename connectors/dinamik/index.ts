import type { SetupQuestion } from '../../src/source/connector.ts';

export { CAPABILITIES, createConnector, Dinamik } from './connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);

export const setup: readonly SetupQuestion[] = [
  {
    setting: 'timezone',
    question: 'Time zone of the DinamikCRM account',
    proposal: 'Europe/Istanbul',
    comment: 'Zone of the account: its dates are written without one.',
  },
];
