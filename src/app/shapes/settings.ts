import type { Configuration } from '../../config/schema.ts';

/** A configuration that names all three servers; src/config/schema.ts lets none be named alone. */
export type ScaledOutConfiguration = Configuration & Required<Pick<Configuration, 'kafka' | 'registry' | 'state'>>;

export function isScaledOut(configuration: Configuration): configuration is ScaledOutConfiguration {
  return configuration.kafka !== undefined && configuration.registry !== undefined && configuration.state !== undefined;
}
