import { SmartDeskApi } from '../../../sandbox/smartdesk/api.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { NO_STEPS } from '../../../src/core/ports.ts';
import { seededRandom } from '../../../src/core/random.ts';
import {
  type Candidate,
  type Circumstances,
  connectorConformance,
  SeenCalls,
  type World,
} from '../../../test/conformance/connector.ts';
import { createConnector } from '../index.ts';

const CONTACTS = /\/v1\/contacts/;
const EVERY_SECONDS = 60;

interface Api extends World {
  readonly api: SmartDeskApi;
}

async function world({ aheadMs, ignoresPageSize, reusesIds }: Circumstances): Promise<Api> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const theirs = {
    monotonic: () => clock.monotonic(),
    sleep: clock.sleep.bind(clock),
    now: () => clock.now() + aheadMs,
  };
  const api = new SmartDeskApi(theirs, { ownSize: ignoresPageSize ? 90 : null });
  const contacts = api.rows('contacts');
  const seen = new SeenCalls();
  const free: string[] = [];
  let made = 0;
  const put = (id: string, name: string): void =>
    void contacts.set(id, {
      ...contacts.get(id),
      id,
      last_name: name,
      email: `${id}@firm.example`,
      owner: { email: 'ann@firm.example' },
      account: { id: 'A1' },
    });
  return {
    api,
    clock,
    object: 'contact',
    connect: (reader) =>
      createConnector(
        {
          ...reader,
          clock,
          random: seededRandom(7),
          http: seen.through(api, clock),
          steps: NO_STEPS,
          secret: () => api.key,
        },
        {
          api: {
            url: api.url,
            objects: { contact: { path: 'v1/contacts' } },
            records: 'data',
            total: 'meta.total',
            size: { records: 200 },
            callsPerMinute: 6_000,
            seconds: EVERY_SECONDS,
          },
          headers: { contact: { Owner: ['owner.email'] } },
        },
        'crm',
      ),
    create(name) {
      made += 1;
      put(free.pop() ?? `r${made}`, name);
    },
    rename: put,
    remove(id) {
      contacts.delete(id);
      if (reusesIds) free.push(id);
    },
    contents: () => new Map([...contacts].map(([id, row]) => [id, String(row.last_name)])),
    nameOf: (values) => values['Last Name'],
    pass: () => clock.advance(EVERY_SECONDS * 2_000),
    calls: () => seen.list,
    close: () => Promise.resolve(),
  };
}

const unknowable = { because: 'rows have nothing but their id to know them by: the same id is the same record' };

const candidate: Candidate<Api> = {
  open: world,
  // Pages of events hold 500.
  records: 1_100,
  live: true,
  arrangements: {
    newField({ api }) {
      const rows = api.rows('contacts');
      rows.set('r4', { ...rows.get('r4'), shoe: '43' });
      return { field: 'shoe', id: 'r4', value: '43' };
    },
    // A key does not expire by itself; one that was replaced in its file is taken with the next call.
    expiredCredentials: ({ api }) => api.replaceKey(),
    throttling: ({ api }) => api.fault({ fault: 'throttled', match: /./, count: 2 }),
    garbledPages: {
      garble: ({ api }, after) => api.fault({ fault: 'truncated', match: CONTACTS, after }),
      mend: ({ api }) => api.clearFaults(),
    },
    repeatedRecord: ({ api }) => api.fault({ fault: 'repeated-record', match: /page=2/, count: 1 }),
    emptyPage: ({ api }) => api.fault({ fault: 'empty-page', match: /page=2/, count: 1 }),
    reusedId: unknowable,
    ignoredPageSize: true,
    renamedObject: ({ api }) => api.drop('contacts'),
    removedObject: ({ api }) => api.drop('contacts'),
    massDelete: true,
  },
};

connectorConformance('smartdesk over an API', candidate);
