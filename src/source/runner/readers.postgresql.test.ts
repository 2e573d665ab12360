import { readersConformance } from '../../../test/conformance/readers.ts';
import { emptyDatabase, openState } from '../../../test/support/state-on-postgresql.ts';
import { systemClock } from '../../core/clock.ts';

readersConformance('PostgreSQL', async () => {
  const place = await emptyDatabase();
  return { state: await openState({ url: place, clock: systemClock() }), place };
});
