import { DynamicsWebApi } from 'dynamics-web-api';
import type { DataverseSandbox } from './index.ts';

/** A token as any client gets one. */
export async function tokenOf(sandbox: DataverseSandbox): Promise<string> {
  const answer = await fetch(`${sandbox.url}/${sandbox.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sandbox.clientId,
      client_secret: sandbox.secret,
      scope: `${sandbox.url}/.default`,
    }).toString(),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}

/** The client that others wrote, as its readme sets it up. */
export function clientOf(sandbox: DataverseSandbox): DynamicsWebApi {
  return new DynamicsWebApi({
    serverUrl: sandbox.url,
    dataApi: { version: '9.2' },
    onTokenRefresh: () => tokenOf(sandbox),
  });
}
