import type { LoadedConfiguration } from '../../config/load.ts';
import type { Access } from '../application.ts';
import { refuseForgottenFiles, refuseHalfMoved, refuseMovedFiles } from '../move/guards.ts';
import type { Paths } from '../paths.ts';
import type { Ports } from '../ports.ts';
import { openEmbedded } from './embedded.ts';
import { openScaledOut } from './scaled-out.ts';
import { scaledOut } from './settings.ts';
import type { Shape } from './shape.ts';

/**
 * Opens the deployment in the shape that the configuration names.
 * @throws MOVE_DONE, MOVE_NEEDED, MOVE_UNFINISHED where what it would open is not the copy that lives.
 */
export async function openShape(
  loaded: LoadedConfiguration,
  paths: Paths,
  ports: Ports,
  access: Access,
): Promise<Shape> {
  const servers = scaledOut(loaded.configuration);
  if (servers === null) {
    refuseMovedFiles(paths);
    return openEmbedded(loaded, paths, ports, access);
  }
  await refuseForgottenFiles(paths, ports.clock);
  const shape = await openScaledOut(servers, loaded, ports);
  try {
    await refuseHalfMoved(shape.state);
    return shape;
  } catch (thrown) {
    await shape.close();
    throw thrown;
  }
}
