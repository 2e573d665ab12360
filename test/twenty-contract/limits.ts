import { expect, it } from 'vitest';
import { asObject, classifyRest } from '../../src/twenty/answers.ts';
import type { ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const MORE_THAN_A_BURST = 130;

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

  it('whatever form the limit is said in, it is recognised', async () => {
    const workspace = get();
    const path = `/rest/${workspace.model().namePlural}?limit=1`;
    const answers = await Promise.all(
      Array.from({ length: MORE_THAN_A_BURST }, () => workspace.send('GET', path).then(read, () => undefined)),
    );
    const kinds = new Set(answers.map((answer) => answer?.kind));
    // A server whose limiter is off grants everything; anything else must be known for what it is.
    expect([...kinds].every((kind) => kind === 'ok' || kind === 'throttled')).toBe(true);
    for (const answer of answers) {
      if (answer?.kind === 'throttled') expect(answer.form).not.toBe('other');
    }
  });
}

function read(response: { status: number; headers: Readonly<Record<string, string>>; text: string }) {
  return classifyRest({ ...response, body: JSON.parse(response.text) as unknown });
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
