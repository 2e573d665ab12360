import { afterAll, afterEach, beforeAll } from 'vitest';
import { stateConformance } from '../../../test/conformance/state.ts';
import { postgresDatabase, type TestDatabase } from '../../../test/support/servers/servers.ts';
import { SimulatedClock } from '../../core/clock.ts';
import type { StateStore } from '../state.ts';
import { openPostgresqlState } from './store.ts';

let database: TestDatabase;
let schemas = 0;
const opened: StateStore[] = [];

beforeAll(async () => {
  database = await postgresDatabase();
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

afterAll(async () => {
  await database.drop();
});

stateConformance('PostgreSQL', async () => {
  schemas += 1;
  const store = await openPostgresqlState({
    url: database.url,
    schema: `state_${schemas}`,
    clock: new SimulatedClock(),
  });
  opened.push(store);
  return store;
});
