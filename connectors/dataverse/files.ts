import { ChangeoverError } from '../../src/core/errors.ts';
import { textOf } from '../../src/core/exact-json.ts';
import { type Client, Refused } from './client.ts';
import type { Metadata } from './metadata.ts';

/** Bytes of one block; the platform takes up to four MiB. */
const BLOCK = 4 * 1024 * 1024;
const REFERENCE = /^([a-z][a-z0-9_]*)\/([0-9a-f-]{36})\/([a-z][a-z0-9_]*)$/;
const BEGIN: Readonly<Record<string, string>> = {
  annotation: 'InitializeAnnotationBlocksDownload',
  activitymimeattachment: 'InitializeAttachmentBlocksDownload',
};

/** The bytes of a note's body or of a file column, block by block: never more than one block in memory. */
export async function openFile(
  client: Client,
  metadata: Metadata,
  reference: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const [, table = '', id = '', column = ''] = REFERENCE.exec(reference) ?? [];
  const head = (await metadata.heads()).get(table);
  if (head === undefined) throw missing(reference, 'the reference names no table');
  const target = { [head.primaryId]: id, '@odata.type': `Microsoft.Dynamics.CRM.${table}` };
  const action = BEGIN[table];
  const body = action === undefined ? { Target: target, FileAttributeName: column } : { Target: target };
  try {
    const begun = await client.post(action ?? 'InitializeFileBlocksDownload', body, signal);
    const size = Number(begun.FileSizeInBytes);
    const token = textOf(begun.FileContinuationToken);
    if (token === null || !Number.isSafeInteger(size)) throw missing(reference, 'the download could not be begun');
    return blocks(client, token, size, signal);
  } catch (thrown) {
    if (thrown instanceof Refused) throw missing(reference, thrown.message);
    throw thrown;
  }
}

async function* blocks(client: Client, token: string, size: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const asked = { Offset: offset, BlockLength: Math.min(BLOCK, size - offset), FileContinuationToken: token };
    const block = Buffer.from(textOf((await client.post('DownloadBlock', asked, signal)).Data) ?? '', 'base64');
    if (block.length === 0)
      throw new ChangeoverError('DATAVERSE_BAD_ANSWER', `the file ends at ${offset} of ${size} bytes`);
    offset += block.length;
    yield block;
  }
}

function missing(reference: string, why: string): ChangeoverError {
  return new ChangeoverError('DATAVERSE_NO_FILE', `${reference}: ${why}`);
}
