import { ChangeoverError } from '../core/errors.ts';

/** Under which name the settings tell whose state it is (JSON, as every setting). */
export const DEPLOYMENT_SETTING = 'deployment';

/**
 * A state answers for one deployment alone: the records of another would be counted as its own.
 * @param found what the settings say; undefined where they say nothing yet
 * @throws STATE_OTHER_DEPLOYMENT
 */
export function refuseOtherDeployment(place: string, found: unknown, wanted: string): void {
  if (found === undefined || found === wanted) return;
  throw new ChangeoverError(
    'STATE_OTHER_DEPLOYMENT',
    `${place} belongs to the deployment ${JSON.stringify(found)}, and this one is ${JSON.stringify(wanted)}`,
  );
}
