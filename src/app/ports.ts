import type { Environment } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { type Clock, type Logger, NO_STEPS, type Random, type Steps } from '../core/ports.ts';
import { systemRandom } from '../core/random.ts';

/** The outside world as one bundle, so that a test can replace any part of it. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly http: ClosableHttp;
  readonly logger: Logger;
  readonly steps: Steps;
  readonly environment: Environment;
}

export function systemPorts(logger: Logger, environment: Environment, steps: Steps = NO_STEPS): Ports {
  return { clock: systemClock(), random: systemRandom(), http: createHttp(), logger, steps, environment };
}
