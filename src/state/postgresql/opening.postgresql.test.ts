import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificates } from '../../../scripts/servers/certificates.ts';
import { freePorts } from '../../../scripts/servers/ports.ts';
import { startPostgresql } from '../../../scripts/servers/postgresql.ts';
import { codeOf } from '../../../test/conformance/state/samples.ts';
import { uniqueName } from '../../../test/support/servers/servers.ts';
import { ask, changed, emptyDatabase, openState } from '../../../test/support/state-on-postgresql.ts';
import { TableDraft } from '../schema/columns.ts';
import { MIGRATIONS, type Migration } from '../schema/migrations.ts';

const EXTRA: Migration = {
  number: MIGRATIONS.length + 1,
  name: 'extra',
  statements: (dialect) => [new TableDraft(dialect, 'extra').text('name').primaryKey('name').compile()],
};

const tables = (url: string) =>
  ask(
    url,
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );

/** A user of its own on the server, who is removed after the test. */
async function user(url: string, ...rights: readonly string[]): Promise<{ name: string; url: string }> {
  const name = uniqueName('user').replaceAll('-', '_');
  await ask(url, `CREATE ROLE ${name} LOGIN PASSWORD 'quiet'`, ...rights.map((right) => `${right} TO ${name}`));
  onTestFinished(() => ask(url, `DROP OWNED BY ${name}`, `DROP ROLE ${name}`).then(() => undefined));
  return {
    name,
    url: changed(url, (address) => {
      address.username = name;
      address.password = 'quiet';
    }),
  };
}

describe('opening a state in PostgreSQL', () => {
  it('finds what was committed before, in the schema it was given, beside others', async () => {
    const url = await emptyDatabase();
    const first = await openState({ url });
    await first.transaction((state) => state.settings.set('a', 1));
    await first.close();
    const other = await openState({ url, schema: 'other' });
    expect(await other.read((state) => state.settings.get('a'))).toBeUndefined();
    expect(await (await openState({ url })).read((state) => state.settings.get('a'))).toBe(1);
  });

  it('by many processes at once makes the tables once', async () => {
    const url = await emptyDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openState({ url, deployment: 'acme' })));
    await stores[0]?.transaction((state) => state.settings.set('a', 1));
    for (const store of stores) expect(await store.read((state) => state.settings.get('a'))).toBe(1);
    expect(await ask(url, 'SELECT number FROM changeover.migrations ORDER BY 1')).toHaveLength(MIGRATIONS.length);
  });

  it('runs only the migrations that it lacks, and refuses a newer version', async () => {
    const url = await emptyDatabase();
    await openState({ url });
    await openState({ url, migrations: [...MIGRATIONS, EXTRA] });
    expect(await codeOf(openState({ url }))).toBe('STATE_TOO_NEW');
    const renamed = MIGRATIONS.map((migration) => ({ ...migration, name: 'another' }));
    expect(await codeOf(openState({ url, migrations: [...renamed, EXTRA] }))).toBe('STATE_NOT_A_STATE');
  });

  it('gives a migration longer than any answer in everyday work', async () => {
    const url = await emptyDatabase();
    const long: Migration = {
      number: EXTRA.number,
      name: 'long',
      statements: (dialect) => [sql`SELECT pg_sleep(2.5)`.compile(dialect.builder)],
    };
    await openState({ url, answerMs: 2_000, migrations: [...MIGRATIONS, long] });
  });

  it('keeps nothing of migrations of which one fails', async () => {
    const url = await emptyDatabase();
    await openState({ url });
    const before = await tables(url);
    const broken: Migration = {
      number: EXTRA.number + 1,
      name: 'broken',
      statements: (dialect) => [new TableDraft(dialect, 'records').text('name').compile()],
    };
    expect(await codeOf(openState({ url, migrations: [...MIGRATIONS, EXTRA, broken] }))).toBe('INTERNAL');
    expect(await tables(url)).toEqual(before);
    await openState({ url });
  });

  it('refuses the state of another deployment before it changes anything in it', async () => {
    const url = await emptyDatabase();
    await openState({ url, deployment: 'acme' });
    const before = await tables(url);
    const stranger = openState({ url, deployment: 'bolt', migrations: [...MIGRATIONS, EXTRA] });
    await expect(stranger).rejects.toThrow(/"acme".*"bolt"/);
    expect(await codeOf(openState({ url, deployment: 'bolt' }))).toBe('STATE_OTHER_DEPLOYMENT');
    expect(await tables(url)).toEqual(before);
    await openState({ url, deployment: 'acme' });
  });

  it('leaves a schema with somebody else’s tables alone', async () => {
    const url = await emptyDatabase();
    await ask(url, 'CREATE SCHEMA changeover', 'CREATE TABLE changeover.songs (title text)');
    expect(await codeOf(openState({ url }))).toBe('STATE_NOT_A_STATE');
    expect(await tables(url)).toEqual([{ name: 'changeover.songs' }]);
  });

  it('refuses a database that keeps text in another encoding', async () => {
    const url = await emptyDatabase();
    const name = uniqueName('ascii').replaceAll('-', '_');
    await ask(url, `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0`);
    onTestFinished(() => ask(url, `DROP DATABASE ${name} WITH (FORCE)`).then(() => undefined));
    const ascii = changed(url, (address) => {
      address.pathname = `/${name}`;
    });
    expect(await codeOf(openState({ url: ascii }))).toBe('STATE_SERVER_UNFIT');
  });

  it('tells a wrong password, database and address apart, and never says the password', async () => {
    const url = await emptyDatabase();
    const [closed = 0] = await freePorts(1);
    const wrong = {
      STATE_ACCESS_DENIED: changed(url, (address) => {
        address.password = 'hidden';
      }),
      STATE_DATABASE_UNKNOWN: changed(url, (address) => {
        address.pathname = '/nowhere';
      }),
      STATE_UNREACHABLE: changed(url, (address) => {
        address.password = 'hidden';
        address.port = String(closed);
      }),
    };
    for (const [code, address] of Object.entries(wrong)) {
      const error = await openState({ url: address }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code });
      expect(JSON.stringify(error)).not.toContain(new URL(address).password);
      expect(String((error as Error).stack)).not.toContain(new URL(address).password);
    }
  });

  it('needs the right to make its schema, or one that was made for it', async () => {
    const url = await emptyDatabase();
    const weak = await user(url);
    const refused = await openState({ url: weak.url }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({
      code: 'STATE_NO_RIGHT',
      hint: expect.stringContaining(`AUTHORIZATION "${weak.name}"`),
    });
    expect(await tables(url)).toEqual([]);
    await ask(url, `CREATE SCHEMA changeover AUTHORIZATION ${weak.name}`);
    const store = await openState({ url: weak.url });
    await store.transaction((state) => state.settings.set('a', 1));
  });

  it('refuses a schema in which it may only look', async () => {
    const url = await emptyDatabase();
    await openState({ url });
    const reader = await user(
      url,
      'GRANT USAGE ON SCHEMA changeover',
      'GRANT SELECT ON ALL TABLES IN SCHEMA changeover',
    );
    expect(await codeOf(openState({ url: reader.url }))).toBe('STATE_NO_RIGHT');
  });
});

describe('TLS', () => {
  it('is refused with its own code where the server has none', async () => {
    const url = changed(await emptyDatabase(), (address) => address.searchParams.set('sslmode', 'require'));
    expect(await codeOf(openState({ url }))).toBe('STATE_TLS');
  });

  it('works with the authority’s certificate, and not without', async () => {
    const server = await startPostgresql();
    onTestFinished(() => server.stop());
    const folder = mkdtempSync(join(tmpdir(), 'state-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { authority } = makeCertificates(folder);
    chmodSync(folder, 0o755);
    const { uid, gid } = statSync(`/proc/${server.process.pid}`);
    if (process.getuid?.() === 0) chownSync(join(folder, 'server.key'), uid, gid);
    await ask(
      server.url,
      `ALTER SYSTEM SET ssl_cert_file = '${join(folder, 'server.pem')}'`,
      `ALTER SYSTEM SET ssl_key_file = '${join(folder, 'server.key')}'`,
      'ALTER SYSTEM SET ssl = on',
    );
    await server.process.restart();
    const strict = changed(server.url, (address) => address.searchParams.set('sslmode', 'verify-full'));
    expect(await codeOf(openState({ url: strict }))).toBe('STATE_TLS');
    const store = await openState({ url: server.url, ca: authority });
    await store.transaction((state) => state.settings.set('a', 1));
    const seen = await ask(
      server.url,
      `SELECT bool_and(ssl) AS all FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'changeover'`,
    );
    expect(seen).toEqual([{ all: true }]);
  });
});
