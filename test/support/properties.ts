import process from 'node:process';
import fc from 'fast-check';

/**
 * Property tests start from one seed, so that a change is judged by what it changes and not by luck. `SEED=7 npm test`
 * takes another, `SEED=random` a new one each time; a failure always prints the seed that repeats it.
 */
const SEED = process.env.SEED ?? '20261122';

fc.configureGlobal(SEED === 'random' ? {} : { seed: Number(SEED) });
