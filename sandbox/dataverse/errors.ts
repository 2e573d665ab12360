/** Errors as the Web API tells them: an HTTP status, a code in hexadecimal (empty for some) and a message. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  body(): { error: { code: string; message: string } } {
    return { error: { code: this.code, message: this.message } };
  }
}

/** Codes of the platform, by what they mean. */
export const CODE = {
  query: '0x80060888',
  segment: '0x8006088a',
  payload: '0x80048d19',
  missingRow: '0x80040217',
  privilege: '0x80048306',
  notAMember: '0x80072560',
  rowVersion: '0x80060882',
  duplicateKey: '0x80040237',
  invalidArgument: '0x80040203',
  tooLong: '0x80044331',
  restricted: '0x80047002',
  expiredVersion: '0x80044352',
  aggregateLimit: '0x8004e023',
  fileTooBig: '0x80044a02',
  requests: '0x80072322',
  executionTime: '0x80072321',
  concurrency: '0x80072326',
} as const;

/** The URL, an option of it or a property in it is not understood. */
export function badQuery(message: string): Refusal {
  return new Refusal(400, CODE.query, message);
}

export function noProperty(name: string, table: string): Refusal {
  return badQuery(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${table}'.`);
}

export function noSegment(name: string): Refusal {
  return new Refusal(404, CODE.segment, `Resource not found for the segment '${name}'.`);
}

export function noRow(table: string, id: string): Refusal {
  return new Refusal(404, CODE.missingRow, `${table} With Id = ${id} Does Not Exist`);
}

export function badPayload(message: string): Refusal {
  return new Refusal(400, CODE.payload, `Error identified in Payload provided by the user. ${message}`);
}

export function noPrivilege(userId: string, privilege: string, table: string): Refusal {
  return new Refusal(
    403,
    CODE.privilege,
    `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=312, accessMode=4) is missing ${privilege} privilege for entity '${table}'. context.Caller=${userId}`,
  );
}
