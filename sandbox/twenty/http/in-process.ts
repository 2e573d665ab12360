import type { FastifyInstance } from 'fastify';
import type { HttpRequest, HttpResponse } from '../../../src/core/ports.ts';

/** A call to the same server without a socket. Null: the connection was cut instead of an answer. */
export async function askDirectly(app: FastifyInstance, request: HttpRequest): Promise<HttpResponse | null> {
  const { method, url, headers, body } = request;
  try {
    const answer = await app.inject({
      method,
      url,
      ...(headers === undefined ? {} : { headers: { ...headers } }),
      ...(body === undefined ? {} : { payload: await payloadOf(body) }),
    });
    const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    return { status: answer.statusCode, headers: Object.fromEntries(flat), text: answer.payload };
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'LIGHT_ECONNRESET') return null;
    throw thrown;
  }
}

async function payloadOf(body: NonNullable<HttpRequest['body']>): Promise<string | Buffer> {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
