import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/kinabase/index.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { attachments } from '../../src/app/operations/attachments.ts';
import { residue } from '../../src/sink/index.ts';
import { sha256 } from '../support/file-world.ts';
import { Deployment } from './deployment.ts';
import { ayse, user } from './kin-world.ts';

/** KIN-9 with the other answer to its choice: what the address of a document leads to is fetched, too. */

interface Host {
  readonly origin: string;
  readonly server: Server;
  /** What came with each call that could give somebody away. */
  readonly credentials: (string | undefined)[];
}

async function host(
  answer: (path: string) => { readonly location: string } | { readonly text: string },
): Promise<Host> {
  const credentials: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    credentials.push(request.headers.authorization ?? request.headers.cookie);
    const told = answer(request.url ?? '');
    if ('location' in told) response.writeHead(302, told).end();
    else response.end(told.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, credentials };
}

const OBJECTS = new Set(['companies', 'documents']);
let kinabase: KinabaseSandbox;
let world: Deployment;
let hosts: { readonly first: Host; readonly second: Host; readonly stranger: Host };

beforeAll(async () => {
  const second = await host(() => ({ text: 'The plan' }));
  const stranger = await host(() => ({ text: 'Nobody asked for this' }));
  const first = await host((path) => {
    if (path === '/moved.txt') return { location: `${second.origin}/plan.txt` };
    return path === '/lured.txt' ? { location: `${stranger.origin}/x.txt` } : { text: 'The offer' };
  });
  hosts = { first, second, stranger };
  kinabase = await startKinabaseSandbox({ callsPerMinute: null });
  kinabase.workspace.define({ slug: 'companies', name: 'Companies' });
  kinabase.workspace.define({ slug: 'documents', name: 'Documents' });
  const company = kinabase.workspace.create('companies', { legalName: 'Acme', owner: user });
  for (const [name, url] of [
    ['Offer', `${first.origin}/offer.txt`],
    ['Plan', `${first.origin}/moved.txt`],
    ['Lure', `${first.origin}/lured.txt`],
    ['Far', `${stranger.origin}/far.txt`],
  ] as const)
    kinabase.workspace.create('documents', { name, url, company: { id: company.id }, owner: user });
  world = await Deployment.open({
    connector: 'kinabase',
    members: [ayse],
    mapping: fileURLToPath(defaultMappingFile),
    choices: { documentAddresses: 'fetch' },
    amend: (mapping) => {
      const { objects } = mapping.toJS() as { objects: Readonly<Record<string, unknown>> };
      for (const name of Object.keys(objects)) if (!OBJECTS.has(name)) mapping.deleteIn(['objects', name]);
      mapping.deleteIn(['objects', 'documents', 'children', 1]);
      mapping.setIn(['provision', 'objects'], {});
      mapping.setIn(['provision', 'fields'], { 'company.parentCompany': 'shared' });
    },
    secrets: { KINABASE_APP_SECRET: kinabase.secret },
    settings: {
      url: kinabase.url,
      appId: kinabase.appId,
      callsPerMinute: 10_000,
      attachments: { origins: [first.origin, second.origin], privateAddresses: true },
    },
  });
  await world.prepare();
  await world.settle();
}, 240_000);

afterAll(async () => {
  await world?.close();
  await kinabase?.close();
  for (const { server } of Object.values(hosts ?? {})) await new Promise((resolve) => server.close(resolve));
});

describe('KIN-9 documents that are named by their address', () => {
  it('are attached, also where the address leads on to another allowed origin', () => {
    const stored = world.sandbox.files();
    const titles = new Map(world.rows('note').map(({ id, title }) => [id, title]));
    const found = world.rows('attachment').map(({ file, targetNoteId }) => {
      const [first] = file as { fileId: string }[];
      return [titles.get(String(targetNoteId)), stored.find(({ id }) => id === first?.fileId)?.sha256];
    });
    expect(found.sort()).toEqual([
      ['Offer', sha256('The offer')],
      ['Plan', sha256('The plan')],
    ]);
  });

  it('never get a credential', () => {
    expect(new Set([...hosts.first.credentials, ...hosts.second.credentials])).toEqual(new Set([undefined]));
    expect(hosts.second.credentials).toHaveLength(1);
  });

  it('are listed with the reason where the address is not allowed, or leads there, and nobody calls it', async () => {
    expect(hosts.stranger.credentials).toEqual([]);
    const { residue: left, files } = await runOperation(
      attachments,
      { app: world.app, daemon: null },
      { object: 'documents' },
    );
    expect(left).toBe(0);
    expect(files.map(({ state, code }) => [state, code]).sort()).toEqual([
      ['held', 'DOWNLOAD_NOT_ALLOWED'],
      ['held', 'DOWNLOAD_NOT_ALLOWED'],
      ['linked', null],
      ['linked', null],
    ]);
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
