/** The header that Confluent's clients put before the Avro body: a zero byte, then the schema's id, four bytes big endian. */
export const HEADER_BYTES = 5;

export function frame(schemaId: number, body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  message[0] = 0;
  message.writeInt32BE(schemaId, 1);
  message.set(body, HEADER_BYTES);
  return message;
}

export type Framed =
  | { readonly ok: true; readonly schemaId: number; readonly body: Buffer }
  | { readonly ok: false; readonly reason: string };

export function unframe(message: Uint8Array): Framed {
  if (message.length < HEADER_BYTES) return { ok: false, reason: `${message.length} bytes are too short for a header` };
  if (message[0] !== 0) return { ok: false, reason: `the first byte is ${message[0]}, not 0` };
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  return { ok: true, schemaId: bytes.readInt32BE(1), body: bytes.subarray(HEADER_BYTES) };
}
