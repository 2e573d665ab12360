import { type DinamikSandbox, makeDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import {
  type Candidate,
  type Circumstances,
  connectorConformance,
  SeenCalls,
  type World,
} from '../../test/conformance/connector.ts';
import { createConnector } from './index.ts';
import { bareContext } from './testing.ts';

const OBJECT = 'company';
const CONTROLLER = 'Company';
const PASS_MS = 61_000;
/** A row for each of these would cost calls that say nothing here. */
const DETAILS = 'rows';

interface Account extends World {
  readonly sandbox: DinamikSandbox;
}

async function account(
  lists: 'pages' | 'none',
  { aheadMs, ignoresPageSize, reusesIds }: Circumstances,
): Promise<Account> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const { sandbox } = makeDinamikSandbox({
    clock: {
      monotonic: () => clock.monotonic(),
      sleep: clock.sleep.bind(clock),
      now: () => clock.now() + aheadMs,
    },
    random: seededRandom(3),
    switches: {
      lists,
      details: DETAILS,
      retryAfter: true,
      reuseIds: reusesIds,
      mostRows: ignoresPageSize ? 3 : null,
    },
  });
  const seen = new SeenCalls();
  const http = sandbox.http();
  const access = { ...sandbox, http: seen.through(http, clock) };
  return {
    sandbox,
    clock,
    object: OBJECT,
    connect: (reader) =>
      createConnector(
        bareContext(access, clock, reader),
        { url: sandbox.url, sweepSeconds: 0, idSweepSeconds: 0, pageSize: 6, idGap: 20 },
        'crm',
      ),
    create: (name) => void sandbox.account.create(CONTROLLER, { values: { name } }),
    rename: (id, name) => void sandbox.account.update(CONTROLLER, Number(id), { values: { name } }),
    remove: (id) => sandbox.account.remove(CONTROLLER, Number(id)),
    contents: () =>
      new Map(sandbox.account.rows(CONTROLLER).map(({ id, values }) => [String(id), String(values.name)])),
    nameOf: (values) => values.name,
    pass: () => clock.advance(PASS_MS),
    calls: () => seen.list,
    close: () => sandbox.close(),
  };
}

function candidate(
  lists: 'pages' | 'none',
  records: number,
  match: RegExp,
  pages: Pick<Candidate<Account>['arrangements'], 'repeatedRecord' | 'emptyPage' | 'ignoredPageSize'>,
): Candidate<Account> {
  return {
    open: (circumstances) => account(lists, circumstances),
    records,
    live: true,
    arrangements: {
      ...pages,
      newField({ sandbox }) {
        sandbox.account.update(CONTROLLER, 4, { values: { shoe: '43' } });
        return { field: 'shoe', id: '4', value: '43' };
      },
      expiredCredentials: ({ sandbox }) => sandbox.expireTokens(),
      throttling: ({ sandbox }) => sandbox.setLimit({ kind: 'sliding', calls: 4, seconds: 10 }),
      garbledPages: {
        garble: ({ sandbox }, after) => sandbox.fault({ fault: { kind: 'truncated' }, match, after }),
        mend: ({ sandbox }) => sandbox.clearFaults(),
      },
      reusedId({ sandbox }, id, name) {
        const made = sandbox.account.create(CONTROLLER, { values: { name } });
        if (String(made.id) !== id) throw new Error(`the account gave the id ${made.id}`);
      },
      renamedObject: ({ sandbox }) => sandbox.account.rename(CONTROLLER, 'Firm'),
      removedObject: ({ sandbox }) => sandbox.account.rename(CONTROLLER, null),
      massDelete: true,
    },
  };
}

const PAGE = /Company\/GetList/;
connectorConformance(
  'dinamik, page by page,',
  candidate('pages', 20, PAGE, {
    repeatedRecord: ({ sandbox }) =>
      sandbox.fault({ fault: { kind: 'repeatedRow' }, match: /Company\/GetList\?page=2/, count: 2 }),
    emptyPage: ({ sandbox }) =>
      sandbox.fault({ fault: { kind: 'emptyPage' }, match: /Company\/GetList\?page=2/, count: 1 }),
    ignoredPageSize: true,
  }),
);

const ONE_BY_ONE = { because: 'records are asked for one by one, without pages' };
connectorConformance(
  'dinamik, record by record,',
  candidate('none', 230, /Company\/GetById/, {
    repeatedRecord: ONE_BY_ONE,
    emptyPage: ONE_BY_ONE,
    ignoredPageSize: ONE_BY_ONE,
  }),
);
