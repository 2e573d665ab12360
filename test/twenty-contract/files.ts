import { expect, it } from 'vitest';
import { createHttp } from '../../src/core/http.ts';
import type { TwentyRecord } from '../../src/twenty/model.ts';
import { type Outcome, type Uploaded, type UploadSource, Uploads } from '../../src/twenty/uploads.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

/** Uploading and attaching, in whichever way the workspace has: what moving files builds on (twenty.md §6). */
export function filePromises(get: Get): void {
  const source = (name: string, content: string): UploadSource => ({
    name,
    size: Buffer.byteLength(content),
    type: 'text/plain',
    bytes: async function* () {
      yield Buffer.from(content);
    },
  });

  async function withUploads(work: (uploads: Uploads) => Promise<void>): Promise<void> {
    const { client } = get();
    const http = createHttp();
    try {
      await work(new Uploads({ transport: client.transport, twenty: client, http }));
    } finally {
      await http.close();
    }
  }

  /** Throttling is no answer to the question that the promise asks. */
  async function patiently<Value>(call: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    for (;;) {
      const outcome = await call();
      if (outcome.kind !== 'later') return outcome;
      await new Promise((resolve) => setTimeout(resolve, outcome.retryAfterMs));
    }
  }

  async function accepted<Value>(call: () => Promise<Outcome<Value>>): Promise<Value> {
    const outcome = await patiently(call);
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    return outcome.value;
  }

  /** Whole, by the calls that the carrier of files makes. */
  async function uploaded(uploads: Uploads, file: UploadSource): Promise<Uploaded> {
    if (uploads.flow === 'three-calls') {
      const place = await patiently(() => uploads.ask(file, CALL));
      if (place.kind === 'ok') {
        await accepted(() => uploads.send(place.value, file, CALL));
        return accepted(() => uploads.complete(place.value.fileId, CALL));
      }
      // An older server says here that it has no such call; the flow is another one from now on.
      if (place.kind !== 'lost') throw new Error(JSON.stringify(place));
    }
    return accepted(() => uploads.upload(file, CALL));
  }

  async function note(name: string): Promise<string> {
    const workspace = get();
    await workspace.create('note', [workspace.row(name, { title: workspace.value(name) })]);
    return workspace.id(name);
  }

  async function shown(name: string, of: Uploaded): Promise<TwentyRecord | undefined> {
    const workspace = get();
    const holds = of.kind === 'file' ? 'file' : 'fullPath';
    const fields = ['name', holds, workspace.linkColumn('attachment', 'note')];
    return (await workspace.find('attachment', [workspace.id(name)], fields))[0];
  }

  it.each([
    ['with bytes', 'The bytes of a file: şöyle 😀'],
    ['without any', ''],
  ])('a file %s is uploaded, and attached under the id that was sent', async (kind, content) => {
    await withUploads(async (uploads) => {
      const workspace = get();
      const name = `file-${kind.replace(' ', '-')}`;
      const noteId = await note(`${name}-note`);
      const file = await uploaded(uploads, source(`${name}.txt`, content));
      const link = workspace.linkColumn('attachment', 'note');
      const row = workspace.row(name, { name: `${name}.txt`, ...uploads.fields(file, `${name}.txt`), [link]: noteId });
      expect(await workspace.create('attachment', [row])).toMatchObject({ kind: 'written', rows: [{ id: row.id }] });
      expect(await shown(name, file)).toMatchObject({
        name: `${name}.txt`,
        [link]: noteId,
        ...(file.kind === 'file' ? { file: [{ fileId: file.fileId }] } : { fullPath: file.path }),
      });
    });
  });

  it('an attachment is written over by its id, moves to another record, and goes', async () => {
    await withUploads(async (uploads) => {
      const workspace = get();
      const link = workspace.linkColumn('attachment', 'note');
      const [first, second] = [await note('file-from'), await note('file-to')];
      const file = await uploaded(uploads, source('moves.txt', 'moves'));
      const fields = uploads.fields(file, 'moves.txt');
      await workspace.create('attachment', [workspace.row('moves', { name: 'moves.txt', ...fields, [link]: first })]);
      const renamed = workspace.row('moves', { name: 'renamed.txt', ...fields, [link]: second });
      expect(await workspace.upsert('attachment', [renamed])).toMatchObject({ kind: 'written' });
      expect(await shown('moves', file)).toMatchObject({ name: 'renamed.txt', [link]: second });
      expect((await workspace.client.softDelete('attachment', [renamed.id], CALL)).kind).toBe('written');
      expect(await shown('moves', file)).toBeUndefined();
    });
  });

  it('a file is attached once it is whole, never before; where it comes in three calls, complete said twice is the same', async () => {
    await withUploads(async (uploads) => {
      const workspace = get();
      const file = source('whole.txt', 'whole');
      const place = uploads.flow === 'three-calls' ? await patiently(() => uploads.ask(file, CALL)) : null;
      const link = workspace.linkColumn('attachment', 'note');
      const noteId = await note('file-whole');
      if (place?.kind !== 'ok') {
        // Taken in one call: it is whole as soon as it is there, and attached at once.
        const whole = await uploaded(uploads, file);
        const row = workspace.row('whole', {
          name: 'whole.txt',
          ...uploads.fields(whole, 'whole.txt'),
          [link]: noteId,
        });
        expect(await workspace.create('attachment', [row])).toMatchObject({ kind: 'written', rows: [{ id: row.id }] });
        return;
      }
      const half: Uploaded = { kind: 'file', fileId: place.value.fileId };
      const row = workspace.row('whole', { name: 'whole.txt', ...uploads.fields(half, 'whole.txt'), [link]: noteId });
      expect((await workspace.create('attachment', [row])).kind).toBe('refused');
      expect((await patiently(() => uploads.complete(place.value.fileId, CALL))).kind).not.toBe('ok');
      await accepted(() => uploads.send(place.value, file, CALL));
      expect(await accepted(() => uploads.complete(place.value.fileId, CALL))).toEqual(half);
      expect(await accepted(() => uploads.complete(place.value.fileId, CALL))).toEqual(half);
      expect((await workspace.create('attachment', [row])).kind).toBe('written');
    });
  });
}
