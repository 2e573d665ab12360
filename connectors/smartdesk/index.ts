import type { SetupQuestion } from '../../src/source/connector.ts';

export { CAPABILITIES, createConnector, SmartDesk } from './connector.ts';
export { type Settings, settingsSchema } from './settings.ts';

/** The mapping that is used where a source names none. */
export const defaultMappingFile = new URL('./mapping.yaml', import.meta.url);

export const setup: readonly SetupQuestion[] = [
  {
    setting: 'folder',
    question: 'Folder into which exports are dropped',
    proposal: './exports',
    comment: 'Exports are dropped here, each a folder or a zip of its own; relative to this file.',
  },
  {
    setting: 'timezone',
    question: 'Time zone of the times in the exports',
    proposal: 'Europe/London',
    comment: 'Time zone of the times in the files, which are written without one.',
  },
  {
    setting: 'codePage',
    question: 'Code page of files that are not Unicode, such as windows-1254 (empty: all are)',
    proposal: null,
    comment: 'Code page of files that are not Unicode.',
  },
];
