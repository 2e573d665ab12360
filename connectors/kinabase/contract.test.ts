import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { exportCandidate } from '../../test/conformance/connector/export-world.ts';
import {
  type Candidate,
  type Circumstances,
  connectorConformance,
  SeenCalls,
  type World,
} from '../../test/conformance/connector.ts';
import { createConnector } from './index.ts';

const OBJECT = 'people';
const SWEEP_SECONDS = 60;
const PASS_MS = 130_000;

interface Workspace extends World {
  readonly sandbox: KinabaseSandbox;
}

async function workspace(
  settings: Readonly<Record<string, unknown>>,
  { aheadMs, ignoresPageSize }: Circumstances,
): Promise<Workspace> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const sandbox = await startKinabaseSandbox({
    clock: {
      monotonic: () => clock.monotonic(),
      sleep: clock.sleep.bind(clock),
      now: () => clock.now() + aheadMs,
    },
    random: seededRandom(3),
    switches: ignoresPageSize ? { pageSize: 'ignored' } : {},
  });
  sandbox.workspace.define({ slug: OBJECT, name: 'People' });
  sandbox.workspace.define({ slug: 'others', name: 'Others' });
  const http = createHttp({ timeoutMs: 5000 });
  const seen = new SeenCalls();
  return {
    sandbox,
    clock,
    object: OBJECT,
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
        { url: sandbox.url, appId: sandbox.appId, sweepSeconds: SWEEP_SECONDS, ...settings },
        'crm',
      ),
    create: (name) => void sandbox.workspace.create(OBJECT, { name }),
    rename: (id, name) => sandbox.workspace.update(OBJECT, id, { name }),
    remove: (id) => sandbox.workspace.remove(OBJECT, id),
    contents: () => new Map(sandbox.workspace.records(OBJECT).map(({ id, data }) => [id, String(data.name)])),
    nameOf: (values) => values.name,
    pass: () => clock.advance(PASS_MS),
    calls: () => seen.list,
    async close() {
      await http.close();
      await sandbox.close();
    },
  };
}

const RECORDS = /people|collections\/[^/?]+(\?|\/all)/;

function candidate(
  settings: Readonly<Record<string, unknown>>,
  records: number,
  pages: Pick<Candidate<Workspace>['arrangements'], 'repeatedRecord' | 'emptyPage' | 'ignoredPageSize'>,
): Candidate<Workspace> {
  return {
    open: (circumstances) => workspace(settings, circumstances),
    records,
    live: true,
    arrangements: {
      ...pages,
      newField({ sandbox }) {
        const id = sandbox.workspace.records(OBJECT)[3]?.id ?? '';
        sandbox.workspace.update(OBJECT, id, { shoe: '43' });
        return { field: 'shoe', id, value: '43' };
      },
      expiredCredentials: ({ sandbox }) => sandbox.access.revoke(),
      throttling: ({ sandbox }) => sandbox.fault({ fault: { kind: 'throttle', seconds: 12 }, count: 2 }),
      garbledPages: {
        garble: ({ sandbox }, after) => sandbox.fault({ fault: { kind: 'truncated' }, match: RECORDS, after }),
        mend: ({ sandbox }) => sandbox.clearFaults(),
      },
      reusedId: ({ sandbox }, id, name) => void sandbox.workspace.create(OBJECT, { name }, { id }),
      renamedObject: ({ sandbox }) => sandbox.workspace.rename(OBJECT, 'humans', 'Humans'),
      removedObject: ({ sandbox }) => sandbox.workspace.drop(OBJECT),
      massDelete: true,
    },
  };
}

connectorConformance(
  'kinabase, page by page,',
  candidate({ whole: 'never', pageSize: 4 }, 21, {
    repeatedRecord: ({ sandbox }) =>
      sandbox.fault({ fault: { kind: 'repeated-record' }, match: /pageIndex=[1-9]/, count: 2 }),
    emptyPage: ({ sandbox }) => sandbox.fault({ fault: { kind: 'empty-page' }, match: /pageIndex=1/, count: 1 }),
    ignoredPageSize: true,
  }),
);

const ONE_ANSWER = { because: 'the collection comes in one answer without pages' };
connectorConformance(
  'kinabase, whole collections,',
  candidate({}, 1_100, { repeatedRecord: ONE_ANSWER, emptyPage: ONE_ANSWER, ignoredPageSize: ONE_ANSWER }),
);

/** A world whose records each stand on a record of the collection, in one way or another (KIN-7). */
async function standing(
  object: string,
  circumstances: Circumstances,
  ways: {
    readonly put: (workspace: Held, record: string, own: string, name: string) => void;
    readonly remove: (workspace: Held, record: string, own: string) => void;
    readonly on: (workspace: Held, record: string) => readonly (readonly [own: string, name: string])[];
    readonly name: string;
  },
): Promise<Workspace> {
  const world = await workspace({ activities: { [OBJECT]: 'read' } }, circumstances);
  const held = world.sandbox.workspace;
  return {
    ...world,
    object,
    create: (name) => ways.put(held, held.create(OBJECT, { name: 'Person' }).id, 'one', name),
    rename: (id, name) => ways.put(held, ...split(id), name),
    remove: (id) => ways.remove(held, ...split(id)),
    contents: () =>
      new Map(
        held
          .records(OBJECT)
          .flatMap(({ id }) => ways.on(held, id).map(([own, name]) => [`${id}:${own}`, name] as const)),
      ),
    nameOf: (values) => values[ways.name],
  };
}

type Held = KinabaseSandbox['workspace'];

function split(id: string): readonly [record: string, own: string] {
  const [record = '', own = ''] = id.split(':');
  return [record, own];
}

const ON_A_RECORD = { because: 'what stands on records is no collection that could be renamed or removed by itself' };
const NOT_IN_PAGES = {
  because: 'it comes with its record, or is asked for record by record, without pages of its own',
};
const { arrangements: usual } = candidate({}, 0, {
  repeatedRecord: NOT_IN_PAGES,
  emptyPage: NOT_IN_PAGES,
  ignoredPageSize: NOT_IN_PAGES,
});

const say = (held: Held, record: string, id: string, content: string): void => {
  held.removeActivity(OBJECT, record, id);
  held.addActivity(OBJECT, record, { id, type: 'comment', content, timestamp: Date.UTC(2026, 2, 5) });
};
connectorConformance<Workspace>('kinabase, activities,', {
  open: (circumstances) =>
    standing('activity', circumstances, {
      put: say,
      remove: (held, record, own) => held.removeActivity(OBJECT, record, own),
      on: (held, record) => held.activities(OBJECT, record).map(({ id, content }) => [id, String(content)] as const),
      name: 'content',
    }),
  records: 45,
  live: true,
  arrangements: {
    ...usual,
    newField: { because: 'an activity has content, type and time, and no fields of a workspace’s own' },
    garbledPages: {
      garble: ({ sandbox }, after) =>
        sandbox.fault({ fault: { kind: 'truncated' }, match: /activities/, after: after * 20 }),
      mend: ({ sandbox }) => sandbox.clearFaults(),
    },
    reusedId: ({ sandbox }, id, name) => say(sandbox.workspace, ...split(id), name),
    renamedObject: ON_A_RECORD,
    removedObject: ON_A_RECORD,
  },
});

type Items = readonly { readonly id: string; readonly data: Readonly<Record<string, string>> }[];
const itemsOf = (held: Held, record: string): Items => (held.record(OBJECT, record).lists.calls ?? []) as Items;
const list = (held: Held, record: string, id: string, data: Readonly<Record<string, string>>): void =>
  held.setLists(OBJECT, record, {
    calls: [...itemsOf(held, record).filter((one) => one.id !== id), { id, data }],
  });
connectorConformance<Workspace>('kinabase, lists of sub-records,', {
  open: (circumstances) =>
    standing(`${OBJECT}.calls`, circumstances, {
      put: (held, record, own, name) => list(held, record, own, { name }),
      remove: (held, record, own) =>
        held.setLists(OBJECT, record, { calls: itemsOf(held, record).filter(({ id }) => id !== own) }),
      on: (held, record) => itemsOf(held, record).map(({ id, data }) => [id, data.name ?? ''] as const),
      name: 'name',
    }),
  records: 1_100,
  live: true,
  arrangements: {
    ...usual,
    newField({ sandbox: { workspace: held }, contents }) {
      const id = [...contents().keys()][3] ?? '';
      const [record, own] = split(id);
      list(held, record, own, { name: 'Record 4', shoe: '43' });
      return { field: 'shoe', id, value: '43' };
    },
    reusedId: ({ sandbox }, id, name) => list(sandbox.workspace, ...split(id), { name }),
    renamedObject: ON_A_RECORD,
    removedObject: ON_A_RECORD,
  },
});

connectorConformance(
  'kinabase, exports,',
  exportCandidate({
    profile: {
      objects: [
        {
          name: OBJECT,
          label: 'People',
          files: ['people*.csv'],
          presence: 'required',
          id: ['Id'],
          columns: ['name', 'Created At', 'Updated At'].map((name) => ({ name })),
        },
      ],
    },
    object: OBJECT,
    name: 'name',
    connect: (context, folder) =>
      createConnector(
        context,
        { appId: 'none', export: { folder, compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } } },
        'crm',
      ),
  }),
);
