import { Readable } from 'node:stream';
import { asChangeoverError } from '../core/errors.ts';
import type { Http } from '../core/ports.ts';
import { type Answer, asObject } from './answers.ts';
import { metadataCall } from './metadata.ts';
import type { WorkspaceObject } from './model.ts';
import type { Call, Transport } from './transport.ts';
import type { CallOptions, Twenty } from './twenty.ts';

/**
 * How a workspace takes files (twenty.md §6). `three-calls`: ask for a place, PUT the bytes there, say that they are whole.
 * `files-multipart`: one call of early 2.x. `path-multipart`: one call of 1.x, which gives a path.
 */
export const UPLOAD_FLOWS = ['three-calls', 'files-multipart', 'path-multipart'] as const;
export type UploadFlow = (typeof UPLOAD_FLOWS)[number];

export interface UploadSource {
  /** Safe already. */
  readonly name: string;
  readonly size: number;
  readonly type: string | null;
  /** From the beginning, each time it is asked for. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** What Twenty calls uploaded bytes: the same as `FileUpload` in the state. */
export type Uploaded =
  | { readonly kind: 'file'; readonly fileId: string }
  | { readonly kind: 'path'; readonly path: string };

export interface UploadPlace {
  readonly fileId: string;
  /** Carries a token: never stored, never logged. */
  readonly url: string;
  readonly contentType: string;
}

/** Why nothing came of a call; `lost`: the server does not know the upload, or its time is over. */
export type UploadFailure =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'later'; readonly message: string; readonly retryAfterMs: number };

export type Outcome<Value> = { readonly kind: 'ok'; readonly value: Value } | UploadFailure;

export interface UploadOptions {
  readonly transport: Transport;
  readonly twenty: Pick<Twenty, 'workspace'>;
  /** For the PUT, whose address may be a storage elsewhere: it carries no credentials. */
  readonly http: Http;
  /** Milliseconds until a call counts as unanswered, apart from the time that its bytes may take. */
  readonly timeoutMs?: number;
}

/** A file may take so long on its way: a second for each of these many bytes, beside the time of any call. */
const SLOWEST_BYTES_PER_SECOND = 128 * 1024;
const THROTTLED_MS = 6000;
const FAILED_MS = 5000;
const TIMEOUT_MS = 60_000;
const NO_SUCH_FIELD = /Cannot query field/i;
const SCALAR = /must not have a selection/i;
const LOST = /not found|expired|invalid (?:upload )?token|pending|not (?:been )?(?:uploaded|completed)/i;

/**
 * Uploads files in whichever way the workspace has. Which one that is, is found out by asking: the data model tells whether
 * attachments hold files or paths, and a server that lacks the newest call says so once.
 */
export class Uploads {
  readonly #options: UploadOptions;
  /** Calls that the server said it does not have. */
  readonly #lacks = new Set<UploadFlow>();
  /** 1.x told the path alone at first, later an object of path and token; and at another address. */
  #pathForm: 'object' | 'scalar' = 'object';
  #pathAddress: '/metadata' | '/graphql' = '/metadata';
  #identifiers = new Map<string, Promise<string | null>>();
  /** The metadata API is not throttled in 2.21 (twenty.md §0). Once it is, these calls spend the budget too. */
  #counted = false;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  get flow(): UploadFlow {
    if (filesField(this.#attachment()) === undefined) return 'path-multipart';
    return this.#lacks.has('three-calls') ? 'files-multipart' : 'three-calls';
  }

  /** Calls to Twenty for one file, beside its share of an attachment batch; whether they count against the limit. */
  get price(): { readonly calls: number; readonly counted: boolean } {
    return { calls: this.flow === 'three-calls' ? 2 : 1, counted: this.#counted };
  }

  /** What an attachment says of uploaded bytes, by what the workspace has. */
  fields(uploaded: Uploaded, name: string): Readonly<Record<string, unknown>> {
    if (uploaded.kind === 'path') return { fullPath: uploaded.path };
    return { file: [{ fileId: uploaded.fileId, label: name }] };
  }

  /** First of the three calls. `lost`: the server has no such call; `flow` says another way from then on. */
  async ask(file: UploadSource, options: CallOptions): Promise<Outcome<UploadPlace>> {
    const identifier = await this.#fieldIdentifier();
    const answer = await this.#call(
      metadataCall('file-ask', ASK, { n: file.name, s: file.size, f: 'FilesField', u: identifier }),
      options,
    );
    if (answer.kind === 'refused' && NO_SUCH_FIELD.test(answer.message)) {
      this.#lacks.add('three-calls');
      return { kind: 'lost', message: answer.message };
    }
    return outcomeOf(answer, (data) => {
      const place = asObject(data.createFileUpload);
      const { fileId, uploadUrl, contentType } = place ?? {};
      if (typeof fileId !== 'string' || typeof uploadUrl !== 'string') return null;
      return { fileId, url: uploadUrl, contentType: typeof contentType === 'string' ? contentType : BINARY };
    });
  }

  /** Second of the three calls: to wherever Twenty said, without any credential. */
  async send(place: UploadPlace, file: UploadSource, { signal }: CallOptions): Promise<Outcome<null>> {
    const url = URL.parse(place.url);
    if (url === null || !isFollowed(url, this.#options.transport.url)) {
      return { kind: 'refused', message: 'Twenty named an upload address that must not be followed' };
    }
    try {
      const answer = await this.#options.http.send({
        method: 'PUT',
        url: place.url,
        headers: { 'content-type': place.contentType, 'content-length': String(file.size) },
        body: file.bytes(),
        timeoutMs: this.#patience(file.size),
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer.status >= 200 && answer.status < 300) return { kind: 'ok', value: null };
      const message = `the storage answered ${answer.status}`;
      if (answer.status === 413) return { kind: 'refused', message };
      // An address whose time is over is refused as 400, 403, 404 or 410, as the storage likes.
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
        return { kind: 'lost', message };
      }
      return { kind: 'later', message, retryAfterMs: FAILED_MS };
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.code === 'CANCELLED') throw error;
      return { kind: 'later', message: error.message, retryAfterMs: error.retryAfterMs ?? FAILED_MS };
    }
  }

  /** Third of the three calls. Said again for a file that is complete, it answers the same. */
  async complete(fileId: string, options: CallOptions): Promise<Outcome<Uploaded>> {
    const answer = await this.#call(metadataCall('file-complete', COMPLETE, { id: fileId }), options);
    if (answer.kind === 'refused' && LOST.test(answer.message)) return { kind: 'lost', message: answer.message };
    return outcomeOf(answer, (data) =>
      asObject(data.completeFileUpload) === undefined ? null : { kind: 'file', fileId },
    );
  }

  /** The one call of older versions. */
  async upload(file: UploadSource, options: CallOptions): Promise<Outcome<Uploaded>> {
    return this.flow === 'path-multipart' ? this.#uploadPath(file, options) : this.#uploadFile(file, options);
  }

  async #uploadFile(file: UploadSource, options: CallOptions): Promise<Outcome<Uploaded>> {
    const variables = { file: null, u: await this.#fieldIdentifier() };
    const answer = await this.#multipart('/metadata', FILES_MULTIPART, variables, file, options);
    return outcomeOf(answer, (data) => {
      const id = asObject(data.uploadFilesFieldFileByUniversalIdentifier)?.id;
      return typeof id === 'string' ? { kind: 'file', fileId: id } : null;
    });
  }

  async #uploadPath(file: UploadSource, options: CallOptions): Promise<Outcome<Uploaded>> {
    const query = `mutation($file:Upload!,$f:FileFolder){uploadFile(file:$file,fileFolder:$f)${this.#pathForm === 'object' ? '{path token}' : ''}}`;
    const answer = await this.#multipart(this.#pathAddress, query, { file: null, f: 'Attachment' }, file, options);
    if (answer.kind === 'refused') {
      if (SCALAR.test(answer.message) && this.#pathForm === 'object') {
        this.#pathForm = 'scalar';
        return this.#uploadPath(file, options);
      }
      if (NO_SUCH_FIELD.test(answer.message) && this.#pathAddress === '/metadata') {
        this.#pathAddress = '/graphql';
        return this.#uploadPath(file, options);
      }
    }
    return outcomeOf(answer, (data) => {
      const told = typeof data.uploadFile === 'string' ? data.uploadFile : asObject(data.uploadFile)?.path;
      return typeof told === 'string' ? { kind: 'path', path: withoutQuery(told) } : null;
    });
  }

  /** A GraphQL request with one file (graphql-multipart-request-spec): its parts around the bytes, which are streamed. */
  #multipart(
    path: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    file: UploadSource,
    options: CallOptions,
  ): Promise<Answer> {
    const boundary = 'changeover-6f2b1d0c9f5e5b7a';
    const part = (name: string, more = '') =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`;
    const head = Buffer.from(
      `${part('operations')}\r\n${JSON.stringify({ query, variables })}\r\n` +
        `${part('map')}\r\n{"0":["variables.file"]}\r\n` +
        `${part('0', `; filename="${quoted(file.name)}"`)}Content-Type: ${file.type ?? BINARY}\r\n\r\n`,
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    return this.#call(
      {
        operation: 'file-upload',
        object: null,
        method: 'POST',
        path,
        form: 'graphql',
        stream: {
          type: `multipart/form-data; boundary=${boundary}`,
          length: head.length + file.size + tail.length,
          bytes: () => Readable.from(around(head, file.bytes(), tail), { objectMode: false }),
          timeoutMs: this.#patience(file.size),
        },
      },
      options,
    );
  }

  async #call(call: Call, options: CallOptions): Promise<Answer> {
    const { transport } = this.#options;
    const answer = this.#counted ? await transport.spend(call, options) : await transport.free(call, options.signal);
    if (answer.kind === 'throttled') this.#counted = true;
    return answer;
  }

  #attachment(): WorkspaceObject | undefined {
    return this.#options.twenty.workspace().objects.get('attachment');
  }

  /** Of the field `file` of attachments: by it, and not by its id, the server knows where an upload belongs. */
  async #fieldIdentifier(): Promise<string | null> {
    const object = this.#attachment();
    if (object === undefined) return null;
    const known = this.#identifiers.get(object.id) ?? this.#readIdentifier(object);
    this.#identifiers.set(object.id, known);
    const identifier = await known;
    if (identifier === null) this.#identifiers.delete(object.id);
    return identifier;
  }

  async #readIdentifier(object: WorkspaceObject): Promise<string | null> {
    const filter = { objectMetadataId: { eq: object.id } };
    const answer = await this.#options.transport.free(metadataCall('file-field', FIELDS, { f: filter }));
    if (answer.kind !== 'ok') return null;
    const edges = asObject(asObject(answer.data)?.fields)?.edges;
    const nodes = (Array.isArray(edges) ? edges : []).map((edge) => asObject(asObject(edge)?.node));
    const identifier = nodes.find((node) => node?.name === filesField(object))?.universalIdentifier;
    return typeof identifier === 'string' ? identifier : null;
  }

  #patience(size: number): number {
    return (this.#options.timeoutMs ?? TIMEOUT_MS) + Math.ceil(size / SLOWEST_BYTES_PER_SECOND) * 1000;
  }
}

const BINARY = 'application/octet-stream';
const ASK =
  'mutation($n:String!,$s:Float!,$f:FileFolder!,$u:String){createFileUpload(filename:$n,size:$s,fileFolder:$f,fieldMetadataUniversalIdentifier:$u){fileId uploadUrl contentType expiresAt}}';
const COMPLETE = 'mutation($id:String!){completeFileUpload(fileId:$id){id path size}}';
const FILES_MULTIPART =
  'mutation($file:Upload!,$u:String!){uploadFilesFieldFileByUniversalIdentifier(file:$file,fieldMetadataUniversalIdentifier:$u){id path}}';
const FIELDS = 'query($f:FieldFilter){fields(paging:{first:200},filter:$f){edges{node{name universalIdentifier}}}}';

/** The field in which attachments hold files; undefined in 1.x, where they hold a path. */
function filesField(attachment: WorkspaceObject | undefined): string | undefined {
  return attachment?.fields.get('file')?.type === 'FILES' ? 'file' : undefined;
}

function outcomeOf<Value>(
  answer: Answer,
  read: (data: Readonly<Record<string, unknown>>) => Value | null,
): Outcome<Value> {
  switch (answer.kind) {
    case 'ok': {
      const value = read(asObject(answer.data) ?? {});
      if (value !== null) return { kind: 'ok', value };
      return { kind: 'later', message: 'the answer lacks what was asked for', retryAfterMs: FAILED_MS };
    }
    case 'throttled':
      return { kind: 'later', message: answer.message, retryAfterMs: answer.retryAfterMs ?? THROTTLED_MS };
    case 'outage':
      return { kind: 'later', message: answer.message, retryAfterMs: answer.retryAfterMs ?? FAILED_MS };
    case 'unanswered':
      return { kind: 'later', message: answer.message, retryAfterMs: FAILED_MS };
    case 'refused':
      if (answer.reason === 'unauthorized') return { kind: 'forbidden', message: answer.message };
      return { kind: 'refused', message: answer.message };
  }
}

/** Storage is reached by https; by http only where Twenty itself is, as on servers without a certificate. */
function isFollowed(url: URL, twenty: string): boolean {
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && new URL(twenty).protocol === 'http:');
}

async function* around(
  head: Uint8Array,
  bytes: AsyncIterable<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* bytes;
  yield tail;
}

/** A path may come signed; what is stored is the path alone. */
function withoutQuery(path: string): string {
  return path.split('?')[0] ?? path;
}

/** As browsers write a file name into a header (WHATWG form-data encoding). */
function quoted(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
