import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { parseMapping } from '../../src/mapping/parse.ts';
import {
  type Candidate,
  type Circumstances,
  connectorConformance,
  SeenCalls,
  type World,
} from '../../test/conformance/connector.ts';
import { createConnector, defaultMappingFile } from './index.ts';
import { Simulator } from './simulator.ts';

const OBJECT = 'contact';
const SWEEP_SECONDS = 60;
const PASS_MS = 130_000;
const LISTS = /^\/contact\?/;

interface Api extends World {
  readonly simulator: Simulator;
}

/** The simulator as a world of the contract suite: test/conformance/connector/world.ts says what each part must do. */
async function world({ aheadMs, ignoresPageSize }: Circumstances): Promise<Api> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const { monotonic, sleep } = { monotonic: () => clock.monotonic(), sleep: clock.sleep.bind(clock) };
  const theirs = { monotonic, sleep, now: () => clock.now() + aheadMs };
  const simulator = new Simulator(theirs, seededRandom(3), ignoresPageSize ? 3 : null);
  simulator.define(OBJECT);
  const seen = new SeenCalls();
  return {
    simulator,
    clock,
    object: OBJECT,
    connect: (reader) =>
      createConnector(
        {
          ...reader,
          clock,
          random: seededRandom(7),
          http: seen.through(simulator, clock),
          steps: NO_STEPS,
          secret: () => simulator.key,
        },
        { url: simulator.url, objects: [OBJECT], pageSize: 6, sweepSeconds: SWEEP_SECONDS },
        'crm',
      ),
    create: (name) => void simulator.create(OBJECT, { name }),
    rename: (id, name) => simulator.update(OBJECT, id, { name }),
    remove: (id) => simulator.remove(OBJECT, id),
    contents: () => new Map(simulator.all(OBJECT).map(({ id, fields }) => [id, String(fields.name)])),
    nameOf: (values) => values.name,
    pass: () => clock.advance(PASS_MS),
    calls: () => seen.list,
    close: () => Promise.resolve(),
  };
}

const candidate: Candidate<Api> = {
  open: world,
  records: 20,
  live: true,
  arrangements: {
    newField({ simulator }) {
      simulator.update(OBJECT, 'r4', { shoe: '43' });
      return { field: 'shoe', id: 'r4', value: '43' };
    },
    expiredCredentials: ({ simulator }) => simulator.expireToken(),
    throttling: ({ simulator }) => simulator.fault({ kind: 'throttled', match: /./, count: 2 }),
    garbledPages: {
      garble: ({ simulator }, after) => simulator.fault({ kind: 'truncated', match: LISTS, after }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
    repeatedRecord: ({ simulator }) =>
      simulator.fault({ kind: 'repeated-record', match: /^\/contact\?page=2/, count: 1 }),
    emptyPage: ({ simulator }) => simulator.fault({ kind: 'empty-page', match: /^\/contact\?page=2/, count: 1 }),
    reusedId: ({ simulator }, id, name) => void simulator.create(OBJECT, { name }, id),
    ignoredPageSize: true,
    renamedObject: ({ simulator }) => simulator.rename(OBJECT, 'person'),
    removedObject: ({ simulator }) => simulator.drop(OBJECT),
    massDelete: true,
  },
};

connectorConformance('template', candidate);

describe('the mapping that comes with it', () => {
  it('is understood', () => {
    expect(parseMapping(readFileSync(defaultMappingFile, 'utf8'), 'mapping.yaml')).toMatchObject({ ok: true });
  });
});
