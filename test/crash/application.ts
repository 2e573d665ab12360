import { Application } from '../../src/app/application.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Deployment } from '../kill/deployment.ts';

/** Opens a deployment that no process has open, as a command does. */
export async function inProcess<Result>(
  { configuration, environment }: Deployment,
  work: (app: Application) => Promise<Result>,
): Promise<Result> {
  const loaded = loadConfiguration(configuration, environment);
  const app = await Application.open(loaded, systemPorts(silentLogger(), environment), 'write');
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
