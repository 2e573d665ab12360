import { ChangeoverError } from '../core/errors.ts';
import { compileMapping } from '../mapping/compile.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import { readMapping } from '../mapping/parse.ts';
import type { Application } from './application.ts';
import { mappingText, type SourceUnit } from './source-unit.ts';

export interface ReadMapping {
  readonly text: string;
  readonly compiled: CompiledMapping;
}

/** The source's mapping file as it stands now. @throws the first mistake in it. */
export function readMappingOf(unit: SourceUnit): ReadMapping {
  const text = mappingText(unit);
  return { text, compiled: mappingInForce(unit, text) };
}

/** The mapping whose text was confirmed, wherever that was done. */
export function mappingInForce(unit: SourceUnit, text: string): CompiledMapping {
  // One mapping can serve several sources of its kind; records carry the source's own name.
  return {
    ...compileMapping(readMapping(text, unit.mappingFile, unit.connector.plain)),
    source: unit.configuration.name,
  };
}

/** The mapping, if it is the very one that a person confirmed last (LIFE-2). */
export async function confirmedMapping(app: Application, unit: SourceUnit): Promise<CompiledMapping> {
  const { compiled } = readMappingOf(unit);
  const source = unit.configuration.name;
  const confirmed = await app.state.read((tx) => tx.mappings.current(source));
  if (confirmed === null) {
    throw new ChangeoverError('MAPPING_NOT_CONFIRMED', `nobody has confirmed the mapping of ${source}`, {
      place: { file: unit.mappingFile },
    });
  }
  if (confirmed.hash !== compiled.hash) {
    throw new ChangeoverError(
      'MAPPING_CHANGED',
      `the mapping of ${source} changed since ${confirmed.confirmedBy} confirmed it`,
      { place: { file: unit.mappingFile } },
    );
  }
  return compiled;
}
