import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { type HttpRequest, type HttpStream, NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Connector } from '../../src/source/connector.ts';
import { createConnector } from './index.ts';

/** KIN-9: the token goes to the service itself, and to nobody else, whatever a record names and wherever it leads. */

const ELSEWHERE = 'https://files.example';
const { signal } = new AbortController();

let sandbox: KinabaseSandbox;
let connector: Connector;
let asked: HttpRequest[];
/** Where the service's own address of a file leads; null: it gives the bytes. */
let leadsTo: string | null;
const http = createHttp({ timeoutMs: 5000 });

function answer(request: HttpRequest): HttpStream {
  const own = request.url.startsWith(sandbox.url);
  const there = own && leadsTo !== null ? leadsTo : null;
  return {
    status: there === null ? 200 : 302,
    headers: there === null ? {} : { location: there },
    body: (async function* () {
      yield Buffer.from(`bytes of ${request.url}`);
    })(),
    discard: () => undefined,
  };
}

beforeEach(async () => {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3) });
  sandbox.workspace.define({ slug: 'documents', name: 'Documents' });
  asked = [];
  leadsTo = null;
  connector = createConnector(
    {
      clock,
      random: seededRandom(7),
      http: { send: (request) => clock.busy(() => http.send(request)) },
      downloads: {
        open: (request) => {
          asked.push(request);
          return Promise.resolve(answer(request));
        },
      },
      logger: silentLogger(),
      steps: NO_STEPS,
      workFolder: '',
      secret: () => sandbox.secret,
      answers: () => Promise.resolve(new Map()),
    },
    { url: sandbox.url, appId: sandbox.appId, attachments: { origins: [ELSEWHERE] } },
    'crm',
  );
});
afterEach(() => sandbox.close());

async function read(reference: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await connector.openFile(reference, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The reference of a file that lies at this address. */
function fileAt(url: string): string {
  const files = [{ id: 'f-1', name: 'offer.pdf', size: 3, url }];
  const { id } = sandbox.workspace.create('documents', { name: 'Offer' }, { files });
  return `documents/${id}/f-1/offer.pdf`;
}

/** Origins that were called, and whether the token went with the call. */
const told = () =>
  asked.map(({ url, headers }) => [new URL(url).origin, headers !== undefined && 'authorization' in headers]);

describe('KIN-9 a file', () => {
  it('of the service itself is given to the token', async () => {
    expect(await read(fileAt('/files/f-1'))).toBe(`bytes of ${sandbox.url}/files/f-1`);
    expect(told()).toEqual([[sandbox.url, true]]);
  });

  it('that the service sends elsewhere is fetched there without the token', async () => {
    leadsTo = `${ELSEWHERE}/signed/offer.pdf?key=1`;
    expect(await read(fileAt('/files/f-1'))).toBe(`bytes of ${leadsTo}`);
    expect(told()).toEqual([
      [sandbox.url, true],
      [ELSEWHERE, false],
    ]);
  });

  it('that lies elsewhere is fetched without the token, by the record’s entry as by its address alone', async () => {
    await read(fileAt(`${ELSEWHERE}/offer.pdf`));
    await read(`${ELSEWHERE}/offer.pdf`);
    expect(told()).toEqual([
      [ELSEWHERE, false],
      [ELSEWHERE, false],
    ]);
  });

  it.each(['https://else.example/offer.pdf', 'https://files.example.else.example/offer.pdf', 'ftp://files.example/o'])(
    'at or behind an address that nobody allowed is not called: %s',
    async (address) => {
      await expect(read(fileAt(address))).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_ALLOWED' });
      leadsTo = address;
      await expect(read(fileAt('/files/f-1'))).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_ALLOWED' });
      expect(told()).toEqual([[sandbox.url, true]]);
    },
  );
});
