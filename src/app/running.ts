import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { Agent, fetch, type Response } from 'undici';
import { ChangeoverError } from '../core/errors.ts';
import type { Paths } from './paths.ts';

/** How a command finds the daemon of the same data folder. */
export interface RunningDaemon {
  readonly pid: number;
  readonly url: string;
}

/** The token that guards the admin API: made once, readable by its owner alone. */
export function adminToken(paths: Paths): string {
  if (existsSync(paths.adminToken)) return readFileSync(paths.adminToken, 'utf8').trim();
  const token = randomBytes(32).toString('base64url');
  writeFileSync(paths.adminToken, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

export function announceDaemon(paths: Paths, daemon: RunningDaemon): void {
  writeFileSync(paths.daemon, `${JSON.stringify(daemon)}\n`, { mode: 0o600 });
  chmodSync(paths.daemon, 0o600);
}

export function withdrawDaemon(paths: Paths): void {
  rmSync(paths.daemon, { force: true });
}

/** The daemon that is running now, or null. What a killed one left behind does not count. */
export function findDaemon(paths: Paths): RunningDaemon | null {
  if (!existsSync(paths.daemon)) return null;
  let daemon: RunningDaemon;
  try {
    daemon = JSON.parse(readFileSync(paths.daemon, 'utf8')) as RunningDaemon;
  } catch {
    return null;
  }
  try {
    process.kill(daemon.pid, 0);
    return daemon;
  } catch {
    return null;
  }
}

/** Asks the running daemon to do it. Only ever talks to the address that the daemon itself wrote down. */
export async function askDaemon(
  daemon: RunningDaemon,
  token: string,
  operation: string,
  input: unknown,
): Promise<unknown> {
  // What was asked for takes as long as it takes: reading a workspace, or copying a state, is no matter of five minutes.
  const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  try {
    return await answerOf(daemon, token, operation, input, patient);
  } finally {
    await patient.close();
  }
}

async function answerOf(
  daemon: RunningDaemon,
  token: string,
  operation: string,
  input: unknown,
  dispatcher: Agent,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${daemon.url}/admin/${encodeURIComponent(operation)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(input),
      redirect: 'error',
      dispatcher,
    });
  } catch (cause) {
    throw new ChangeoverError(
      'DAEMON_UNREACHABLE',
      `the daemon (process ${daemon.pid}) does not answer at ${daemon.url}`,
      { cause },
    );
  }
  const body = (await response.json()) as { result?: unknown; error?: unknown };
  if (response.ok) return body.result;
  const error = body.error as { code?: string; message?: string; hint?: string } | string | undefined;
  const message = typeof error === 'string' ? error : (error?.message ?? `status ${response.status}`);
  throw new ChangeoverError(
    'DAEMON_REFUSED',
    typeof error === 'object' && error.code !== undefined ? `[${error.code}] ${message}` : message,
    {
      ...(typeof error === 'object' && error.hint !== undefined ? { hint: error.hint } : {}),
    },
  );
}
