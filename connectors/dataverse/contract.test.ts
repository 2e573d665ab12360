import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { text } from '../../sandbox/dataverse/model/columns.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import {
  type Candidate,
  type Circumstances,
  connectorConformance,
  SeenCalls,
  type World,
} from '../../test/conformance/connector.ts';
import { createConnector } from './connector.ts';

/** A table, by what the connector has of it. */
interface TableUnderTest {
  readonly table: string;
  readonly primaryId: string;
  readonly primaryName: string;
  readonly entitySet: string;
}

const TRACKED: TableUnderTest = {
  table: 'account',
  primaryId: 'accountid',
  primaryName: 'name',
  entitySet: 'accounts',
};
const UNTRACKED: TableUnderTest = {
  table: 'opx_inspection',
  primaryId: 'opx_inspectionid',
  primaryName: 'opx_name',
  entitySet: 'opx_inspections',
};
const PAGE = 6;
/** Longer than any of the connector's intervals under these settings. */
const PASS_MS = 180_000;

interface Environment extends World {
  readonly sandbox: DataverseSandbox;
  readonly seen: SeenCalls;
}

async function environment(of: TableUnderTest, circumstances: Circumstances): Promise<Environment> {
  const { table, primaryName } = of;
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const sandbox = await startDataverseSandbox({
    clock: {
      monotonic: () => clock.monotonic(),
      sleep: clock.sleep.bind(clock),
      now: () => clock.now() + circumstances.aheadMs,
    },
    random: seededRandom(3),
    limits: null,
  });
  const http = createHttp({ timeoutMs: 5000 });
  const seen = new SeenCalls();
  if (circumstances.ignoresPageSize) {
    seen.onRequest = (request) => ({
      ...request,
      headers: { ...request.headers, prefer: (request.headers?.prefer ?? '').replace(`=${PAGE}`, '=2') },
    });
  }
  return {
    sandbox,
    seen,
    clock,
    object: table,
    connect: (reader) =>
      createConnector(
        {
          ...reader,
          clock,
          random: seededRandom(7),
          http: { send: (request) => clock.busy(() => seen.through(http, clock).send(request)) },
          steps: NO_STEPS,
          secret: () => sandbox.secret,
        },
        {
          url: sandbox.url,
          authority: sandbox.url,
          tenant: sandbox.tenant,
          clientId: sandbox.clientId,
          pageSize: PAGE,
          sweepSeconds: 60,
        },
        'crm',
      ),
    create: (name) => void sandbox.organisation.create(table, { [primaryName]: name }),
    rename: (id, name) => void sandbox.organisation.update(table, id, { [primaryName]: name }),
    remove: (id) => sandbox.organisation.remove(table, id),
    contents: () =>
      new Map(sandbox.organisation.rows(table).map(({ id, values }) => [id, String(values[primaryName])])),
    nameOf: (values) => values[primaryName],
    pass: () => clock.advance(PASS_MS),
    calls: () => seen.list,
    async close() {
      await http.close();
      await sandbox.close();
    },
  };
}

function candidate(of: TableUnderTest, massDelete: Candidate['arrangements']['massDelete']): Candidate<Environment> {
  const { table, primaryId, primaryName, entitySet } = of;
  const rows = new RegExp(`/${entitySet}\\?`);
  const isPage = (url: string): boolean => rows.test(url) && url.includes('skiptoken');
  return {
    open: (circumstances) => environment(of, circumstances),
    records: 20,
    live: true,
    arrangements: {
      newField({ sandbox }) {
        const id = sandbox.organisation.rows(table)[3]?.id ?? '';
        sandbox.alter({ kind: 'addColumn', table, column: text('opx_shoe', 'Shoe') });
        sandbox.organisation.update(table, id, { opx_shoe: '43' });
        return { field: 'opx_shoe', id, value: '43' };
      },
      expiredCredentials: ({ sandbox }) => sandbox.access.revoke(),
      throttling: ({ sandbox }) =>
        sandbox.fault({ fault: { kind: 'throttle', limit: 'requests', seconds: [12, 12] }, match: rows, count: 2 }),
      garbledPages: {
        garble: ({ sandbox }, after) => sandbox.fault({ fault: { kind: 'truncated' }, match: rows, after }),
        mend: ({ sandbox }) => sandbox.clearFaults(),
      },
      repeatedRecord({ seen }) {
        let last: unknown;
        seen.onAnswer = (request, answer) => {
          if (!rows.test(request.url) || answer.status !== 200) return answer;
          const body = JSON.parse(answer.text) as { value: unknown[] };
          const value = last !== undefined && isPage(request.url) ? [last, ...body.value] : body.value;
          last = body.value.at(-1);
          return { ...answer, text: JSON.stringify({ ...body, value }) };
        };
      },
      emptyPage({ seen }) {
        let done = false;
        seen.onAnswer = (request, answer) => {
          if (done || !isPage(request.url) || answer.status !== 200) return answer;
          done = true;
          const body = JSON.parse(answer.text) as object;
          const links = { '@odata.nextLink': request.url, '@odata.deltaLink': undefined };
          return { ...answer, text: JSON.stringify({ ...body, ...links, value: [] }) };
        };
      },
      reusedId: ({ sandbox }, id, name) =>
        void sandbox.organisation.create(table, { [primaryId]: id, [primaryName]: name }),
      ignoredPageSize: true,
      renamedObject: { because: 'the logical name of a table can never be changed' },
      removedObject: ({ sandbox }) => sandbox.alter({ kind: 'removeTable', table }),
      massDelete,
    },
  };
}

connectorConformance(
  'dataverse, a table with change tracking,',
  candidate(TRACKED, { because: 'change tracking tells each delete; how many go at once is asked about downstream' }),
);
connectorConformance('dataverse, a table without,', candidate(UNTRACKED, true));
