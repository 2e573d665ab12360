import process from 'node:process';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { FileWorld, type FileWorldOptions, sha256 } from '../../test/support/file-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import { ChangeoverError } from '../core/errors.ts';
import { DUE_STATES } from '../state/file-states.ts';

/** Histories of notes with files, under faults of the source, of Twenty and of the process; by the simulated clock. */

const RUNS = Number(process.env.FILE_RUNS ?? 25);
const FILE_STEPS = /^file-|attach/;
const IDS = ['1', '2', '3', '4'];

class Died extends Error {}

let world: FileWorld;
/** Called at every step; throws where the process is to die. */
let die: () => void = () => undefined;

afterEach(() => world.close());

async function open(sandbox: NonNullable<FileWorldOptions['sandbox']>): Promise<void> {
  world = await FileWorld.open({
    sandbox,
    clock: new SimulatedClock(),
    batchSize: 3,
    steps: { reached: (step) => (FILE_STEPS.test(step) ? die() : undefined) },
    files: { attempts: 1_000, deadlineMs: 90_000 },
    writer: { latencyMs: 5, leaseMs: 15_000 },
  });
}

/** What the source says of a note; null: it is gone. */
interface NoteState {
  /** The file that it names, by which reference; null: none. */
  readonly file: 'a' | 'b' | null;
  readonly content: string;
  readonly name: string;
  /** On the way: held until something else is said. */
  readonly waits: boolean;
  /** Left out by the mapping. */
  readonly out: boolean;
}

type Act = { readonly kind: 'said'; readonly id: string; readonly state: NoteState | null } | { readonly kind: 'rest' };

const noteState: fc.Arbitrary<NoteState> = fc.record({
  file: fc.constantFrom('a' as const, 'b' as const, 'a' as const, null),
  content: fc.constantFrom('', 'one', 'two', 'three'),
  name: fc.constantFrom('offer.txt', 'terms.txt', '../con.txt'),
  waits: fc.boolean(),
  out: fc.constantFrom(false, false, false, true),
});
const history: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('said' as const),
        id: fc.constantFrom(...IDS),
        state: fc.option(noteState, { freq: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'rest' as const }) },
  ),
  { maxLength: 14 },
);
const fault = fc.record({
  fail: fc.constantFrom('answerLost' as const, 'drop' as const, 503, 'throttle' as const),
  after: fc.nat({ max: 4 }),
  operation: fc.constantFrom(
    'createFileUpload',
    'upload',
    'completeFileUpload',
    'createMany',
    'findMany',
    'deleteMany',
  ),
});

/** Comes to rest whatever happens to the writer: where one dies, the next takes over. */
async function rest(): Promise<void> {
  for (let life = 0; life < 200; life += 1) {
    try {
      await world.sink.rest();
      const { clock, state } = world.sink;
      // Parked for a while: nobody waits for those by himself.
      const next = await state.read((tx) => tx.files.nextDueAt(DUE_STATES, clock.now()));
      if (next === null) return;
      await clock.sleep(next - clock.now() + 1);
      world.sink.wake();
    } catch (thrown) {
      if (!(thrown instanceof Died) && !/died/.test(String(thrown))) throw thrown;
      await world.sink.stopWriter();
    }
  }
  throw new Error('does not come to rest');
}

async function say(id: string, state: NoteState | null): Promise<void> {
  if (state === null) return world.sink.put('note', id, null);
  const { file, content, name, waits, out } = state;
  const reference = file === null ? null : `${id}/${file}`;
  if (reference !== null) world.source.set(reference, Buffer.from(`${id} ${content}`));
  await world.sink.put('note', id, {
    title: `Note ${id}`,
    file: reference,
    fileName: name,
    version: content,
    waits,
    out,
  });
}

/** What has to stand in the workspace in the end: of each live note its file, once. */
function expected(last: ReadonlyMap<string, NoteState | null>): unknown[] {
  return [...last].flatMap(([id, state]) =>
    state === null || state.file === null || state.out
      ? []
      : [[`Note ${id}`, state.name === '../con.txt' ? '_con.txt' : state.name, sha256(`${id} ${state.content}`)]],
  );
}

function found(): unknown[] {
  const titles = new Map(world.sink.rows('note').map((row) => [row.id, row.title]));
  return world
    .attachments()
    .map(({ name, note, sha256: hash }) => [titles.get(note) ?? `no note ${String(note)}`, name, hash]);
}

it.each([
  ['three calls', { version: '2.21' }, 1],
  ['one call of early 2.x', { version: '2.21', files: 'multipart' }, 0.3],
  ['one call of 1.x', { version: '1.x' }, 0.3],
] as const)(
  'by %s: whatever happened, each file of a live record stands on it once, with the bytes of the source, and nothing else (F1 to F4, F7, F9)',
  async (_flow, sandbox, share) => {
    await open(sandbox);
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fault, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
        fc.nat({ max: 2 }),
        async (acts, faults, deaths, unread) => {
          await world.sink.reset();
          world.source.clear();
          for (const { fail, after, operation } of faults)
            world.sink.sandbox.fault({ match: { operation }, fail, after, count: 1 });
          for (let left = 0; left < unread; left += 1)
            world.faults.push(new ChangeoverError('EXPORT_CHANGED', 'it changed while it was read'));
          const left = [...deaths];
          let until = left.shift() ?? 0;
          die = () => {
            until -= 1;
            if (until !== 0) return;
            until = left.shift() ?? 0;
            throw new Died('died');
          };
          const last = new Map<string, NoteState | null>();
          try {
            for (const act of acts) {
              if (act.kind === 'rest') await rest();
              else {
                await say(act.id, act.state);
                last.set(act.id, act.state);
              }
              expect(await world.balanced()).toBe(true);
            }
            for (const [id, state] of last) {
              if (state?.waits !== true) continue;
              last.set(id, { ...state, waits: false });
              await say(id, { ...state, waits: false });
            }
            await rest();
          } finally {
            die = () => undefined;
            world.sink.sandbox.clearFaults();
            world.faults.length = 0;
          }
          await rest();
          expect(found().sort()).toEqual(expected(last).sort());
          expect(await world.balanced()).toBe(true);
          expect(world.staged()).toEqual([]);
        },
      ),
      { numRuns: Math.ceil(RUNS * share) },
    );
  },
  600_000,
);
