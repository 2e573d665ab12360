import { expect, it } from 'vitest';
import type { HttpResponse } from '../../src/core/ports.ts';
import { asObject, classifyGraphql, classifyRest, type RawAnswer } from '../../src/twenty/answers.ts';
import type { WriteOutcome } from '../../src/twenty/twenty.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const MORE_THAN_A_BURST = 130;
/** As many as the client puts into one call. */
const MOST_IDS = 200;

/** Sizes, files and throttling. The last promise empties the bucket, so it comes last. */
export function limitPromises(get: Get): void {
  it('TW-2 a batch that is too large is refused with the size that is taken, and that size is taken', async () => {
    const workspace = get();
    const rows = (count: number) =>
      Array.from({ length: count }, (_, index) => workspace.row(`size-${index}`, { position: index }));
    const first = await workspace.create(workspace.object, rows(workspace.client.batchSize()));
    if (first.kind === 'refused') expect(first.reason).toBe('too-many');
    else expect(first.kind).toBe('written');
    const size = workspace.client.batchSize();
    if (first.kind === 'refused') {
      expect(await workspace.create(workspace.object, rows(size))).toMatchObject({ kind: 'written' });
    }
    const body = rows(size + 1).map((row) => ({ id: row.id, ...row.fields }));
    const answer = await workspace.client.transport.spend(
      {
        operation: 'contract',
        object: workspace.object,
        method: 'POST',
        path: `/rest/batch/${workspace.model().namePlural}?upsert=true`,
        body: JSON.stringify(body),
        form: 'rest',
      },
      { lane: 'operator' },
    );
    expect(answer).toMatchObject({ kind: 'refused', reason: 'too-many', batchLimit: size, beforeWriting: true });
  });

  it('a file is attached: in three calls where attachments hold files, by its path where they do not', async () => {
    const workspace = get();
    const company = workspace.row('with-file', { name: workspace.value('With file') });
    await workspace.create('company', [company]);
    const column = workspace.linkColumn('attachment', 'company');
    const holdsFiles = workspace.model('attachment').fields.get('file')?.type === 'FILES';
    const fields = holdsFiles ? await upload(workspace) : { fullPath: 'attachment/hello.txt' };
    const row = workspace.row('attachment', { name: 'hello.txt', ...fields, [column]: company.id });
    expect(await workspace.create('attachment', [row])).toMatchObject({ kind: 'written' });
    const read = await workspace.find('attachment', [row.id], [holdsFiles ? 'file' : 'fullPath']);
    expect(read).toMatchObject([holdsFiles ? { file: [{ label: 'hello.txt' }] } : { fullPath: expect.any(String) }]);
  });

  it('200 rows are deleted, brought back and destroyed in one call each', async () => {
    const workspace = get();
    const { client, object } = workspace;
    const rows = Array.from({ length: MOST_IDS }, (_, index) => workspace.row(`many-${index}`, { position: index }));
    for (let from = 0; from < rows.length; from += client.batchSize()) {
      const made = await workspace.create(object, rows.slice(from, from + client.batchSize()));
      expect(made).toMatchObject({ kind: 'written' });
    }
    const ids = rows.map(({ id }) => id);
    const live = async (deleted: boolean) => (await workspace.find(object, ids, [], deleted)).length;
    const all = async (call: () => Promise<WriteOutcome>) => {
      const outcome = await patiently(call);
      expect(outcome).toMatchObject({ kind: 'written' });
    };
    await all(() => client.softDelete(object, ids, CALL));
    expect([await live(false), await live(true)]).toEqual([0, MOST_IDS]);
    await all(() => client.restore(object, ids, CALL));
    expect(await live(false)).toBe(MOST_IDS);
    await all(() => client.destroy(object, ids, CALL));
    expect(await live(true)).toBe(0);
  });

  it('whatever form the limit is said in, it is recognised, by REST and by GraphQL', async () => {
    const workspace = get();
    const { simulated } = workspace;
    const { namePlural } = workspace.model();
    const burst = async (form: 'rest' | 'graphql') => {
      const query = JSON.stringify({ query: `{${namePlural}(first:1){totalCount}}` });
      const call = () =>
        form === 'rest'
          ? workspace.send('GET', `/rest/${namePlural}?limit=1`).then((response) => classifyRest(parsed(response)))
          : workspace.send('POST', '/graphql', query).then((response) => classifyGraphql(parsed(response)));
      const answers = await Promise.all(
        Array.from({ length: MORE_THAN_A_BURST }, () => call().catch((): undefined => undefined)),
      );
      const kinds = new Set(answers.flatMap((answer) => (answer === undefined ? [] : [answer.kind])));
      // A server whose limiter is off grants everything; anything else must be known for what it is.
      expect([...kinds].filter((kind) => kind !== 'ok' && kind !== 'throttled')).toEqual([]);
      if (simulated !== undefined) expect(kinds).toContain('throttled');
      for (const answer of answers) {
        if (answer?.kind === 'throttled') expect(answer.form).not.toBe('other');
      }
    };
    const bursts = async () => {
      await burst('rest');
      await burst('graphql');
    };
    await (simulated === undefined ? bursts() : simulated.withoutRefill(bursts));
  });
}

/** A write that was throttled is no answer to the question that the promise asks. */
async function patiently(call: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
  for (;;) {
    const outcome = await call();
    if (outcome.kind !== 'throttled') return outcome;
  }
}

function parsed(response: HttpResponse): RawAnswer {
  return { ...response, body: JSON.parse(response.text) as unknown };
}

async function upload(workspace: ContractWorkspace) {
  const bytes = Buffer.from('Hello from a test');
  const fields = await workspace.metadataData(
    'query($f:FieldFilter){fields(paging:{first:200},filter:$f){edges{node{name universalIdentifier}}}}',
    { f: { objectMetadataId: { eq: workspace.model('attachment').id } } },
  );
  const edges = asObject(fields.fields)?.edges;
  const nodes = (Array.isArray(edges) ? edges : []).map((edge) => asObject(asObject(edge)?.node));
  const identifier = nodes.find((node) => node?.name === 'file')?.universalIdentifier;
  const asked = await workspace.metadataData(
    'mutation($n:String!,$s:Float!,$f:FileFolder!,$u:String){createFileUpload(filename:$n,size:$s,fileFolder:$f,fieldMetadataUniversalIdentifier:$u){fileId uploadUrl}}',
    { n: 'hello.txt', s: bytes.length, f: 'FilesField', u: identifier },
  );
  const { fileId, uploadUrl } = asObject(asked.createFileUpload) ?? {};
  const put = await workspace.send('PUT', String(uploadUrl), bytes);
  expect(put.status).toBeGreaterThanOrEqual(200);
  expect(put.status).toBeLessThan(300);
  await workspace.metadataData('mutation($id:String!){completeFileUpload(fileId:$id){id}}', { id: fileId });
  return { file: [{ fileId: String(fileId), label: 'hello.txt' }] };
}
