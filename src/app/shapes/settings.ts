import type { Configuration } from '../../config/schema.ts';

type Servers = 'kafka' | 'registry' | 'state';

/** A configuration that names all three servers; src/config/schema.ts lets none be named alone. */
export type ScaledOutConfiguration = Omit<Configuration, Servers> & {
  readonly [Server in Servers]: NonNullable<Configuration[Server]>;
};

/** The configuration as one that names them; null where everything is kept in files. */
export function scaledOut(configuration: Configuration): ScaledOutConfiguration | null {
  const { kafka, registry, state } = configuration;
  if (kafka === undefined || registry === undefined || state === undefined) return null;
  return { ...configuration, kafka, registry, state };
}
