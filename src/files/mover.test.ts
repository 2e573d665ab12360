import { afterEach, describe, expect, it } from 'vitest';
import { FileWorld, type FileWorldOptions, sha256 } from '../../test/support/file-world.ts';

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
