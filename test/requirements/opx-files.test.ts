import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { type FileContent, readContent } from '../../sandbox/dataverse/store/files.ts';
import type { Reference, Values } from '../../sandbox/dataverse/store/rows.ts';
import { runOperation } from '../../src/app/operation.ts';
import { attachments } from '../../src/app/operations/attachments.ts';
import { sha256 } from '../support/file-world.ts';
import { Deployment } from './deployment.ts';

/** From the files of a simulated environment to the attachments of a simulated workspace. */

const AYSE = 'ayse@firm.example';
/** As much as the body of a note may have at most, told in base64 (sources.md A7). */
const LARGEST = 128 * 1024 * 1024;
const PDF = new TextEncoder().encode('%PDF-1.7\n');

let environment: DataverseSandbox;
let world: Deployment;
const ids = new Map<string, string>();
const contents = new Map<string, Uint8Array>();

const id = (name: string): string => {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
};
const at = (table: string, name: string): Reference => ({ table, id: id(name) });

function make(table: string, name: string, values: Values): void {
  const owner = table === 'systemuser' ? {} : { ownerid: at('systemuser', 'ayse') };
  ids.set(name, environment.organisation.create(table, { ...owner, ...values }).id);
}

function note(name: string, parent: Reference, fileName: string, content: FileContent): void {
  make('annotation', name, { subject: name, objectid: parent });
  environment.organisation.attach('annotation', id(name), 'documentbody', fileName, 'application/pdf', content);
  contents.set(name, readContent(content));
}

function enclose(name: string, email: string, fileName: string, content: FileContent): void {
  ids.set(name, environment.organisation.create('activitymimeattachment', { objectid: at('email', email) }).id);
  environment.organisation.attach('activitymimeattachment', id(name), 'body', fileName, 'application/pdf', content);
  contents.set(name, readContent(content));
}

const made = (size: number, seed: number): FileContent => ({ kind: 'made', size, seed, head: PDF });

/** Live attachments on a row of the workspace: name and hash of the bytes. */
function attachedTo(column: string, rowId: string) {
  const files = world.sandbox.files();
  return world
    .rows('attachment')
    .filter((row) => row[column] === rowId)
    .map((row) => {
      const [first] = row.file as { fileId: string }[];
      return { name: row.name, sha256: files.find((file) => file.id === first?.fileId)?.sha256 };
    })
    .sort((a, b) => String(a.name).localeCompare(String(b.name)));
}

const hashOf = (name: string) => sha256(contents.get(name) ?? new Uint8Array());
const noteRow = (name: string) => world.row('note', 'annotation', id(name)).id;

beforeAll(async () => {
  environment = await startDataverseSandbox({ limits: null, switches: { maxUploadFileSize: 2 * LARGEST } });
  make('systemuser', 'ayse', { fullname: 'Ayşe', internalemailaddress: AYSE, isdisabled: false });
  make('contact', 'ann', { firstname: 'Ann', lastname: 'Archer', emailaddress1: 'ann@acme.example' });
  make('task', 'chore', { subject: 'A chore', regardingobjectid: at('contact', 'ann') });
  note('small', at('contact', 'ann'), 'Teklif şartları.pdf', made(2_000, 1));
  note('empty', at('contact', 'ann'), 'empty.pdf', made(0, 2));
  note('large', at('contact', 'ann'), 'large.pdf', made(9 * 1024 * 1024 + 7, 3));
  make('contact', 'bob', { firstname: 'Bob', lastname: 'Builder', emailaddress1: 'bob@acme.example' });
  note('largest', at('contact', 'bob'), 'largest.pdf', made(LARGEST, 8));
  note('false', at('contact', 'ann'), 'offer.pdf', {
    kind: 'bytes',
    bytes: new TextEncoder().encode('<html>Sign in</html>'),
  });
  note('unsafe', at('contact', 'ann'), '..\\..\\con.pdf', made(300, 4));
  note('on-task', at('task', 'chore'), 'lost.pdf', made(300, 5));
  make('email', 'mail', { subject: 'Offer', regardingobjectid: at('contact', 'ann') });
  enclose('enclosed', 'mail', 'Teklif/2.pdf', made(3_000, 6));
  enclose('enclosed-large', 'mail', 'plan.pdf', made(5 * 1024 * 1024, 7));
  world = await Deployment.open({
    connector: 'dataverse',
    members: [{ id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Y', email: AYSE }],
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
      customTables: false,
    },
    mapping: fileURLToPath(defaultMappingFile),
    choices: { noteFiles: 'both' },
  });
  await world.prepare();
  await world.settle();
}, 120_000);

afterAll(async () => {
  await world?.close();
  await environment?.close();
});

describe('OPX-7 files of notes', () => {
  it('stand on the note, byte by byte: small, empty, and in blocks', () => {
    for (const name of ['small', 'empty', 'large', 'largest'])
      expect(attachedTo('targetNoteId', noteRow(name))).toMatchObject([{ sha256: hashOf(name) }]);
    expect(attachedTo('targetNoteId', noteRow('small'))[0]?.name).toBe('Teklif şartları.pdf');
  });

  it('stand on the record too, where the mapping says so', () => {
    const person = world.row('person', 'contact', id('ann')).id;
    expect(attachedTo('targetPersonId', person).map(({ name }) => name)).toEqual([
      '_con.pdf',
      'empty.pdf',
      'large.pdf',
      // Of the e-mail.
      'plan.pdf',
      'Teklif şartları.pdf',
      'Teklif_2.pdf',
    ]);
  });

  it('come in one call where they are small, in blocks where they are not, and never with the rows', () => {
    const calls = environment.calls().map(({ url }) => decodeURIComponent(url));
    expect(calls.some((url) => url.endsWith(`annotations(${id('small')})/documentbody/$value`))).toBe(true);
    for (const name of ['large', 'largest'])
      expect(calls.some((url) => url.includes(`annotations(${id(name)})/documentbody`))).toBe(false);
    expect(calls.filter((url) => url.includes('DownloadBlock')).length).toBeGreaterThanOrEqual(
      LARGEST / (4 * 1024 * 1024),
    );
    expect(calls.filter((url) => /[?&]\$select=[^&]*(?:documentbody|,body)/.test(url))).toEqual([]);
  });

  it('keep no path and no reserved name', () => {
    expect(attachedTo('targetNoteId', noteRow('unsafe'))).toEqual([{ name: '_con.pdf', sha256: hashOf('unsafe') }]);
  });

  it('ask a person where the content is not what the name says, and go on as answered', async () => {
    expect(attachedTo('targetNoteId', noteRow('false'))).toEqual([]);
    const asked = (await world.reviews()).filter(({ recordKey }) => recordKey === `crm/annotation/${id('false')}`);
    expect(asked.map(({ choices }) => choices)).toEqual([
      ['upload', 'exclude'],
      ['upload', 'exclude'],
    ]);
    const [onNote, onRecord] = ['~file:', '~on-record:'].map(
      (part) => asked.find((one) => one.id.includes(part))?.id ?? '',
    );
    await world.answer(onNote ?? '', 'upload');
    await world.answer(onRecord ?? '', 'exclude');
    await world.settle();
    expect(attachedTo('targetNoteId', noteRow('false'))).toEqual([{ name: 'offer.pdf', sha256: hashOf('false') }]);
  });
});

describe('OPX-7 attachments of e-mails', () => {
  it('stand on the task that the e-mail became, and on the record too, where the mapping says so', () => {
    const task = world.row('task', 'email', id('mail')).id;
    const both = [
      { name: 'plan.pdf', sha256: hashOf('enclosed-large') },
      { name: 'Teklif_2.pdf', sha256: hashOf('enclosed') },
    ];
    expect(attachedTo('targetTaskId', task)).toEqual(both);
    const person = world.row('person', 'contact', id('ann')).id;
    expect(attachedTo('targetPersonId', person)).toEqual(expect.arrayContaining(both));
  });
});

describe('LIFE-12 the attachment report', () => {
  it('accounts for every file, those of a note whose parent is not synced too', async () => {
    const report = await runOperation(attachments, { app: world.app, daemon: null }, { object: 'annotation' });
    expect(report.residue).toBe(0);
    expect(report.objects).toMatchObject([
      {
        object: 'annotation',
        known: 14,
        classes: { linked: 11, held: 2, excluded: 1, refused: 0, uploaded: 0, 'on-the-way': 0 },
      },
    ]);
    const held = report.files.filter(({ record }) => record === `crm/annotation/${id('on-task')}`);
    expect(held.map(({ state, code }) => [state, code])).toEqual([
      ['blocked', 'FILES_RECORD_WAITS'],
      ['blocked', 'FILES_RECORD_WAITS'],
    ]);
  });
});

describe('OPX-7 changes', () => {
  it('send a new body again, a new text not, and take the file of a deleted note away', async () => {
    const before = world.sandbox.files().length;
    environment.organisation.update('annotation', id('small'), { notetext: 'Another text' });
    environment.organisation.attach(
      'annotation',
      id('large'),
      'documentbody',
      'large.pdf',
      'application/pdf',
      made(5_000, 9),
    );
    environment.organisation.remove('annotation', id('empty'));
    await world.settle();
    expect(attachedTo('targetNoteId', noteRow('large'))).toEqual([
      { name: 'large.pdf', sha256: sha256(readContent(made(5_000, 9))) },
    ]);
    expect(attachedTo('targetNoteId', noteRow('small'))).toMatchObject([{ sha256: hashOf('small') }]);
    expect(world.rows('attachment').filter(({ name }) => name === 'empty.pdf')).toEqual([]);
    // The new body, once for the note and once for the record.
    expect(world.sandbox.files().length).toBe(before + 2);
    const report = await runOperation(attachments, { app: world.app, daemon: null }, { object: 'annotation' });
    expect(report.objects).toMatchObject([{ known: 12, residue: 0 }]);
  });
});
