import { ChangeoverError } from '../../src/core/errors.ts';
import { textOf } from '../../src/core/exact-json.ts';
import { type Client, Refused } from './client.ts';
import type { Metadata } from './metadata.ts';

/** Bytes of one block; the platform takes up to four MiB. */
const BLOCK = 4 * 1024 * 1024;
const REFERENCE = /^([a-z][a-z0-9_]*)\/([0-9a-f-]{36})\/([a-z][a-z0-9_]*)(?:\/[^/]*)?$/;
/** Bodies of notes up to this size come in one call instead of two. */
const SMALL = 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/=\s]*$/;
const BEGIN: Readonly<Record<string, string>> = {
  annotation: 'InitializeAnnotationBlocksDownload',
  activitymimeattachment: 'InitializeAttachmentBlocksDownload',
};

/** What `openFile` takes. A name may stand at its end, so that the file is called by it. */
export function fileReference(table: string, id: string, column: string, name?: string): string {
  return [table, id, column, ...(name === undefined ? [] : [name.replaceAll(/[/\\]/g, '_')])].join('/');
}

/**
 * The bytes of a note's body, of an e-mail's attachment or of a file column, block by block: never more than one block in
 * memory. A body that `size` tells to be small comes whole, as text (sources.md A7).
 */
export async function openFile(
  client: Client,
  metadata: Metadata,
  reference: string,
  size: number | null,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const [, table = '', id = '', column = ''] = REFERENCE.exec(reference) ?? [];
  const head = (await metadata.heads()).get(table);
  if (head === undefined) throw missing(reference, 'the reference names no table');
  const target = { [head.primaryId]: id, '@odata.type': `Microsoft.Dynamics.CRM.${table}` };
  const action = BEGIN[table];
  if (action !== undefined && size !== null && size > 0 && size <= SMALL) {
    const text = await client.text(`${head.entitySet}(${id})/${column}/$value`, signal).catch(notThere);
    if (text !== null && BASE64.test(text)) return once(Buffer.from(text, 'base64'));
  }
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

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
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

/** Then the call that begins the blocks says why. */
function notThere(thrown: unknown): null {
  if (thrown instanceof Refused) return null;
  throw thrown;
}

function missing(reference: string, why: string): ChangeoverError {
  return new ChangeoverError('DATAVERSE_NO_FILE', `${reference}: ${why}`);
}
