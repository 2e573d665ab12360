import { defaultMappingFile } from '../../../connectors/dinamik/index.ts';
import { joinedMapping } from '../../joined-mapping.ts';

/** The connector's mapping with the sample's own modules and fields added, as the firm's administrator would write it. */
export function sampleMapping(): string {
  return joinedMapping(defaultMappingFile, new URL('./mapping.yaml', import.meta.url));
}

/** The same firm's modules, as the connector must be told of them: the API has no list. */
export const SAMPLE_MODULES = ['site', 'machine', 'serviceContract', 'training', 'student', 'inspection'].map(
  (name) => ({ name }),
);
