import { afterEach, describe, expect, it } from 'vitest';
import { FileWorld, type FileWorldOptions, notes, sha256 } from '../../test/support/file-world.ts';
import { SOURCE } from '../../test/support/sink-world.ts';
import { NO_STEPS, type Step } from '../core/ports.ts';
import { preview } from '../sink/preview.ts';
import { commit, type FileLife } from './context.ts';

/** From a note's file in the source to its attachment in a simulated workspace. */

let world: FileWorld;
const open = async (options: FileWorldOptions = {}): Promise<void> => {
  world = await FileWorld.open(options);
};
afterEach(() => world.close());

describe.each([
  ['1.x', {}],
  ['2.21', {}],
  ['2.43', {}],
  ['2.21', { files: 'multipart' }],
] as const)('a %s workspace %o', (version, more) => {
  it('gets every file, byte by byte, attached to the record that names it', async () => {
    await open({ sandbox: { version, ...more } });
    await world.note('1', 'a/offer.txt', 'the offer');
    await world.note('2', 'empty.txt', '');
    await world.note('3', null, null);
    await world.sink.rest();
    expect(await world.states()).toEqual({ 1: 'linked', 2: 'linked' });
    const notes = world.sink.rows('note');
    const noteOf = (title: string) => notes.find((row) => row.title === title)?.id;
    expect(world.attachments().sort((a, b) => String(a.name).localeCompare(String(b.name)))).toMatchObject([
      { name: 'empty.txt', sha256: sha256(''), note: noteOf('Note 2') },
      { name: 'offer.txt', sha256: sha256('the offer'), note: noteOf('Note 1') },
    ]);
    expect(world.staged()).toEqual([]);
    expect(await world.balanced()).toBe(true);
  });
});

it('no upload address ever stands in the state, not even of a file on its way (F10)', async () => {
  const seen: string[] = [];
  await open({
    steps: {
      reached: (step: Step) => {
        if (step === 'file-asked') void world.files().then((rows) => seen.push(JSON.stringify(rows)));
      },
    },
  });
  await world.note('1', 'offer.txt', 'the offer');
  await world.sink.rest();
  seen.push(JSON.stringify(await world.files()));
  expect(seen[0]).toContain('"state":"asked"');
  for (const rows of seen) expect(rows).not.toMatch(/token|file-upload|https?:/);
});

it('whoever is the writer no more stores nothing (F8)', async () => {
  await open();
  await world.note('1', 'offer.txt', 'the offer', { waits: true });
  await world.sink.rest();
  const before = await world.file('1');
  const { state, clock } = world.sink;
  const life = {
    deps: { state, clock, steps: NO_STEPS },
    fence: {
      verify: () => Promise.reject(new Error('another process writes')),
      lost: new AbortController().signal,
    },
  } as unknown as FileLife;
  await expect(commit(life, before, [{ kind: 'gone' }])).rejects.toThrow('another process writes');
  expect(await world.file('1')).toEqual(before);
});

it('a file whose record comes later waits for it, and follows by itself', async () => {
  await open();
  await world.note('1', 'offer.txt', 'the offer', { waits: true });
  await world.sink.rest();
  expect(await world.states()).toEqual({ 1: 'blocked FILES_RECORD_WAITS' });
  expect(world.reads).toEqual([]);
  await world.note('1', 'offer.txt', 'the offer');
  await world.sink.rest();
  expect(world.attachments()).toMatchObject([{ name: 'offer.txt', sha256: sha256('the offer') }]);
});

it('the files of a row that is kept though the source deleted its record stay with it', async () => {
  await open();
  await world.note('1', 'offer.txt', 'the offer');
  await world.sink.rest();
  await world.sink.stopWriter();
  const mapping = world.sink.mapping;
  const kept = [...mapping.objects].map(([name, object]) => {
    return [name, { ...object, policies: { ...object.policies, onDelete: 'keep' } }] as const;
  });
  await world.sink.confirm({ ...mapping, objects: new Map(kept) });
  await world.sink.put('note', '1', null);
  await world.sink.rest();
  expect(await world.sink.classes()).toEqual({ 'note/1': 'deleted' });
  expect(world.attachments()).toMatchObject([{ name: 'offer.txt', sha256: sha256('the offer') }]);
  expect(await world.balanced()).toBe(true);
});

describe('the price of files in a preview', () => {
  const look = (mapping = world.sink.mapping) =>
    preview(
      { state: world.sink.state, twenty: world.sink.client, mappings: [mapping], now: 0, callsPerMinute: 100 },
      { source: SOURCE },
    );

  it('counts what is not there yet, once; nothing once it is; and what a mapping without files takes away', async () => {
    await open({ batchSize: 2 });
    await world.note('1', '1.txt', 'one');
    await world.note('2', '2.txt', 'two');
    await world.note('3', '3.txt', 'three');
    expect(await look()).toMatchObject({
      files: { uploads: 3, attachments: 3, removals: 0, uploadCalls: 6 },
      // Two for the notes, two for their attachments.
      calls: 4,
    });
    expect(await world.files()).toEqual([]);
    await world.sink.rest();
    expect(await look()).toMatchObject({ files: { uploads: 0, attachments: 0, removals: 0 }, calls: 0 });
    await world.note('1', '1.txt', 'another', { version: '2' });
    expect((await look()).files).toMatchObject({ uploads: 1, attachments: 1, removals: 0 });
    await world.sink.rest();
    expect((await look(notes('two', { files: false }))).files).toMatchObject({
      uploads: 0,
      attachments: 0,
      removals: 3,
    });
  });
});
