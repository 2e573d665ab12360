import { badPayload, CODE, noRow, Refusal } from '../errors.ts';
import { isObject } from '../json.ts';
import type { StoredFile } from '../store/files.ts';
import { type Context, depthOf } from './context.ts';
import { jsonBody } from './payload.ts';
import { type ApiAnswer, type ApiRequest, json } from './request.ts';

type Body = Readonly<Record<string, unknown>>;
type Action = (context: Context, body: Body) => ApiAnswer;

/** Files in blocks: one action that begins, by where the file is, and one that reads. */
const ACTIONS: Readonly<Record<string, Action>> = {
  InitializeAnnotationBlocksDownload: (context, body) => begin(context, body, 'annotation', 'documentbody'),
  InitializeAttachmentBlocksDownload: (context, body) => begin(context, body, 'activitymimeattachment', 'body'),
  InitializeFileBlocksDownload: (context, body) => {
    const column = body.FileAttributeName;
    if (typeof column !== 'string') throw badPayload('FileAttributeName is missing.');
    return begin(context, body, typeName(body), column);
  },
  DownloadBlock: (context, body) => {
    const { Offset: offset, BlockLength: length, FileContinuationToken: token } = body;
    if (typeof offset !== 'number' || typeof length !== 'number' || typeof token !== 'string') {
      throw badPayload('Offset, BlockLength and FileContinuationToken are needed.');
    }
    return json({
      '@odata.context': `${context.apiUrl}$metadata#Microsoft.Dynamics.CRM.DownloadBlockResponse`,
      Data: context.downloads.block(token, offset, length),
    });
  },
};

export function isAction(name: string): boolean {
  return Object.hasOwn(ACTIONS, name);
}

export function answerAction(context: Context, name: string, request: ApiRequest): ApiAnswer {
  const action = ACTIONS[name];
  if (action === undefined) throw badPayload(`There is no action ${name}.`);
  return action(context, jsonBody(request));
}

function begin(context: Context, body: Body, table: string, column: string): ApiAnswer {
  depthOf(context, table);
  const file = fileOf(context, body, table, column);
  return json({
    '@odata.context': `${context.apiUrl}$metadata#Microsoft.Dynamics.CRM.InitializeBlocksDownloadResponse`,
    ...context.downloads.begin(file),
  });
}

function fileOf(context: Context, body: Body, table: string, column: string): StoredFile {
  const { organisation } = context;
  const target = isObject(body.Target) ? body.Target : {};
  const id = target[organisation.schema.known(table).primaryId];
  if (typeof id !== 'string' || typeName(body) !== table) throw badPayload(`Target must name a row of ${table}.`);
  if (organisation.row(table, id) === undefined) throw noRow(table, id);
  const file = organisation.files.get(table, id.toLowerCase(), column);
  if (file === undefined) throw new Refusal(400, CODE.invalidArgument, 'No file attachment found for the record.');
  return file;
}

function typeName(body: Body): string {
  const target = isObject(body.Target) ? body.Target : {};
  const type = target['@odata.type'];
  return typeof type === 'string' ? type.replace(/^#?Microsoft\.Dynamics\.CRM\./, '') : '';
}
