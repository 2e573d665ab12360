import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { assertPostgresql, type Postgresql, startPostgresql } from './postgresql.ts';
import { WrongServerError } from './server.ts';

let server: Postgresql;

beforeAll(async () => {
  server = await startPostgresql();
});

afterAll(async () => {
  await server.stop();
});

async function ask(sql: string, url = server.url): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 20_000, query_timeout: 20_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function dataFolder(url = server.url): Promise<string> {
  return String((await ask('show data_directory', url))[0]?.data_directory);
}

test('the server runs as somebody who is not root, on a loopback address, and its role may make databases', async () => {
  expect(statSync(`/proc/${server.process.pid}`).uid).not.toBe(0);
  expect(await ask('show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  await ask('create database mine');
  expect(await ask("select count(*)::int as count from pg_database where datname = 'mine'")).toEqual([{ count: 1 }]);
});

test('what was committed outlives a kill', async () => {
  await ask('create table kept (id int primary key)');
  await ask('insert into kept select generate_series(1, 1000)');
  await server.process.kill('SIGKILL');
  await expect(ask('select 1')).rejects.toThrow(/ECONNREFUSED/);
  await server.process.start();
  expect(await ask('select count(*)::int as count, sum(id)::int as sum from kept')).toEqual([
    { count: 1000, sum: 500500 },
  ]);
});

test('a paused server leaves a question unanswered, and answers it when it goes on', async () => {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  onTestFinished(() => client.end());
  server.process.pause();
  const answer = client.query('select 42 as answer');
  await expect(Promise.race([answer, rejectAfter(250)])).rejects.toThrow('no answer');
  server.process.resume();
  expect((await answer).rows).toEqual([{ answer: 42 }]);
});

/** That nothing comes can only be seen by waiting; a server that runs answers within a millisecond. */
function rejectAfter(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), milliseconds);
  });
}

test('another server at the address is noticed, whether it knows our role or not', async () => {
  const other = await startPostgresql();
  onTestFinished(() => other.stop());
  const ours = await dataFolder();
  await expect(assertPostgresql(other.url, ours)).rejects.toThrow(WrongServerError);
  const url = new URL(other.url);
  url.password = new URL(server.url).password;
  await expect(assertPostgresql(url.href, ours)).rejects.toThrow(/does not know our role/);
  await expect(assertPostgresql(server.url, ours)).resolves.toBeUndefined();
});

test('stopping ends the server and removes its data', async () => {
  const other = await startPostgresql();
  const folder = await dataFolder(other.url);
  const { pid } = other.process;
  await other.stop();
  await expect(ask('select 1', other.url)).rejects.toThrow(/ECONNREFUSED/);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  expect(existsSync(dirname(folder))).toBe(false);
});
