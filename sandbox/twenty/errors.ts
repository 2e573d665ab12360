/**
 * What the server says when it refuses. One value carries both faces: REST answers with a status and `messages`,
 * GraphQL with `extensions` (twenty.md O5).
 */
export interface RefusalFace {
  /** HTTP status of the REST answer. */
  readonly status: number;
  /** `error` of the REST body. */
  readonly restError: string;
  /** `code` of the REST body, where the server gives one. */
  readonly restCode?: string;
  /** `extensions.code` of the GraphQL error. */
  readonly code: string;
  readonly subCode?: string;
  readonly userFriendlyMessage?: string;
  /** Further members of the REST body. */
  readonly restExtra?: Readonly<Record<string, unknown>>;
  /** Headers of the REST answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further `extensions`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A refusal the simulated server gives on purpose. Anything else that is thrown is a mistake in the simulator. */
export class Refusal extends Error {
  readonly face: RefusalFace;

  constructor(message: string, face: RefusalFace) {
    super(message);
    this.name = 'Refusal';
    this.face = face;
  }

  restBody(): Record<string, unknown> {
    const body: Record<string, unknown> = {
      statusCode: this.face.status,
      error: this.face.restError,
      messages: [this.message],
    };
    if (this.face.restCode !== undefined) body.code = this.face.restCode;
    return { ...body, ...this.face.restExtra };
  }

  graphqlError(): Record<string, unknown> {
    const extensions: Record<string, unknown> = {};
    if (this.face.subCode !== undefined) extensions.subCode = this.face.subCode;
    if (this.face.userFriendlyMessage !== undefined) {
      extensions.userFriendlyMessage = this.face.userFriendlyMessage;
    }
    extensions.code = this.face.code;
    return { message: this.message, extensions: { ...extensions, ...this.face.extra } };
  }
}

const STANDARD = 'An error occurred.';
const BAD_REQUEST = { status: 400, restError: 'BadRequestException', code: 'BAD_USER_INPUT' } as const;

/** Input that does not fit the data model: raised before anything is written (O2, "Not atomic"). */
export function invalidData(message: string, userFriendlyMessage: string = STANDARD): Refusal {
  return new Refusal(message, { ...BAD_REQUEST, subCode: 'INVALID_ARGS_DATA', userFriendlyMessage });
}

export function invalidFilter(message: string, userFriendlyMessage: string = STANDARD): Refusal {
  return new Refusal(message, { ...BAD_REQUEST, subCode: 'INVALID_ARGS_FILTER', userFriendlyMessage });
}

/** Codes that the REST layer does not translate come out as `error: "Error"` with their own `code`. */
export function untranslated(message: string, code: string, userFriendlyMessage: string = STANDARD): Refusal {
  return new Refusal(message, {
    status: 400,
    restError: 'Error',
    restCode: code,
    code: 'BAD_USER_INPUT',
    subCode: code,
    userFriendlyMessage,
  });
}

export function invalidId(value: unknown): Refusal {
  return untranslated(`Value "${String(value)}" is not a valid UUID`, 'INVALID_QUERY_INPUT');
}

/** A refusal of the parsers in front of the query: wrong path, filter or order. */
export function badRequest(message: string, subCode?: string): Refusal {
  return new Refusal(message, {
    ...BAD_REQUEST,
    ...(subCode === undefined ? {} : { subCode }),
    userFriendlyMessage: STANDARD,
  });
}

export interface ConflictingRecord {
  readonly id: string;
  readonly object: string;
}

/** A taken id or unique value. Names the other row only where it is live and the clash is not about the id (O4). */
export function duplicate(conflicting?: ConflictingRecord): Refusal {
  return new Refusal('A duplicate entry was detected', {
    ...BAD_REQUEST,
    userFriendlyMessage: 'This record already exists. Please check your data and try again.',
    ...(conflicting === undefined
      ? {}
      : {
          extra: { conflictingRecordId: conflicting.id, conflictingObjectNameSingular: conflicting.object },
        }),
  });
}

/** What the database itself refused, in its words. */
export function databaseRefusal(message: string): Refusal {
  return new Refusal(message, { ...BAD_REQUEST, userFriendlyMessage: STANDARD });
}

export function nulCharacter(): Refusal {
  return new Refusal('Data validation error.', {
    status: 500,
    restError: 'InternalServerErrorException',
    code: 'INTERNAL_SERVER_ERROR',
    userFriendlyMessage: STANDARD,
  });
}

export function tooManyRecords(maximum: number): Refusal {
  const message = `Maximum number of records to upsert is ${maximum}.`;
  return new Refusal(message, {
    ...BAD_REQUEST,
    subCode: 'TOO_MANY_RECORDS_TO_UPDATE',
    userFriendlyMessage: message,
  });
}

export function recordNotFound(): Refusal {
  return new Refusal('Record not found', {
    status: 404,
    restError: 'NotFoundException',
    code: 'NOT_FOUND',
    subCode: 'RECORD_NOT_FOUND',
    userFriendlyMessage: 'This record does not exist or has been deleted.',
  });
}

export function permissionDenied(): Refusal {
  return new Refusal('Entity performing the request does not have permission', {
    status: 400,
    restError: 'Error',
    restCode: 'PERMISSION_DENIED',
    code: 'FORBIDDEN',
    subCode: 'PERMISSION_DENIED',
    userFriendlyMessage: 'You do not have permission to perform this action.',
  });
}

/** A whole document that is refused: no data at all. */
export function invalidDocument(message: string, code = 'GRAPHQL_VALIDATION_FAILED'): Refusal {
  return new Refusal(message, { status: 400, restError: 'BadRequestException', code });
}
