import { ChangeoverError } from '../../src/core/errors.ts';
import { type Downloads, isAddress } from '../../src/source/download.ts';
import type { Api } from './api.ts';
import type { Catalogue } from './catalogue.ts';
import type { Client } from './client.ts';

export interface FileParts {
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly client: Client;
  readonly downloads: Downloads;
  /** Address of the service. */
  readonly url: string;
}

/** What `openFile` takes. The name stands at its end, so that the file is called by it. */
export function fileReference(
  object: string,
  record: string,
  file: { readonly id: string; readonly name: string },
): string {
  return [...[object, record, file.id].map(encodeURIComponent), file.name.replaceAll(/[/\\]/g, '_')].join('/');
}

/**
 * The bytes of a file of a record (KIN-9). Where it lies is asked anew, because an address may be good for a while only; how
 * files are fetched is not documented (sources.md B): from the service itself with the token, as any read; from elsewhere without it.
 */
export async function openFile(
  parts: FileParts,
  reference: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (isAddress(reference)) return parts.downloads.open(reference, signal);
  const [object = '', record = '', id = ''] = reference.split('/', 3).map(decoded);
  const collection = await parts.catalogue.of(object);
  const found = await parts.api.record(collection.raw, record, signal);
  const file = found?.files.find((one) => one.id === id);
  if (file === undefined) throw noFile(reference, 'the record has no such file');
  const address = file.url === null ? null : URL.parse(file.url, parts.url);
  if (address === null) throw noFile(reference, 'the record does not tell where it lies');
  return address.origin === new URL(parts.url).origin
    ? parts.client.open(address.href, parts.downloads, signal)
    : parts.downloads.open(address.href, signal);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function noFile(reference: string, why: string): ChangeoverError {
  return new ChangeoverError('KINABASE_NO_FILE', `${reference}: ${why}`);
}
