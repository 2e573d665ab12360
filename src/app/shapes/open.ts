import type { LoadedConfiguration } from '../../config/load.ts';
import type { Access } from '../application.ts';
import type { Paths } from '../paths.ts';
import type { Ports } from '../ports.ts';
import { openEmbedded } from './embedded.ts';
import { openScaledOut } from './scaled-out.ts';
import { scaledOut } from './settings.ts';
import type { Shape } from './shape.ts';

/** Opens the deployment in the shape that the configuration names. */
export function openShape(loaded: LoadedConfiguration, paths: Paths, ports: Ports, access: Access): Promise<Shape> {
  const servers = scaledOut(loaded.configuration);
  return servers === null ? openEmbedded(loaded, paths, ports, access) : openScaledOut(servers, loaded, ports);
}
