import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { ServerName } from '../../../scripts/servers/own.ts';

// The servers that all test files of a run share: start topics, subjects and databases of your own, and leave others
// alone. A test that kills a server starts one of its own with scripts/servers.

/** The brokers that the run shares; auto-creation of topics is off. The broker starts at the first call. */
export async function kafkaBrokers(): Promise<readonly string[]> {
  return (await ask('kafka')).split(',');
}

/** The Confluent API of the registry that the run shares. */
export async function registryUrl(): Promise<string> {
  return await ask('registry');
}

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Ends its sessions and removes it. */
  drop(): Promise<void>;
}

/** A new, empty database on the PostgreSQL server that the run shares. */
export async function postgresDatabase(): Promise<TestDatabase> {
  const server = await ask('postgresql');
  const name = uniqueName('test').replaceAll('-', '_');
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: () => onServer(server, `drop database if exists ${name} with (force)`),
  };
}

/** A name for a topic, a group, a subject or a database that no other test has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

async function ask(name: ServerName): Promise<string> {
  const response = await fetch(`${inject('serverDesk')}/${name}`);
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
