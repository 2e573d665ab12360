import { arrived } from '../files.ts';
import { isObject } from '../json.ts';
import type { UploadedPart } from '../metadata/graphql.ts';

/** A GraphQL request with files (graphql-multipart-request-spec), as the JSON body that it stands for. */
export async function readMultipart(body: Buffer, contentType: string): Promise<unknown> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const operations: unknown = JSON.parse(String(form.get('operations')));
  const places: unknown = JSON.parse(String(form.get('map')));
  if (!isObject(operations) || !isObject(places)) return operations;
  for (const [part, paths] of Object.entries(places)) {
    const file = form.get(part);
    if (!(file instanceof File) || !Array.isArray(paths)) continue;
    const came = await arrived(file.stream());
    for (const path of paths) put(operations, String(path).split('.'), { name: file.name, came });
  }
  return operations;
}

function put(into: Record<string, unknown>, path: readonly string[], value: UploadedPart): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) into[name] = value;
  else if (isObject(into[name])) put(into[name], rest, value);
}
