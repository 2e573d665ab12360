import { defaultMappingFile } from '../../../connectors/dataverse/index.ts';
import { joinedMapping } from '../../joined-mapping.ts';

/** The connector's mapping with the sample's own tables and columns added, as the firm's administrator would write it. */
export function sampleMapping(): string {
  return joinedMapping(defaultMappingFile, new URL('./mapping.yaml', import.meta.url));
}
