import { describe, expect, it } from 'vitest';
import { serverOf } from './server.ts';

const tlsOf = (url: string, ca?: string) => serverOf({ url, ...(ca === undefined ? {} : { ca }) }).config.ssl;

describe('the address of the state', () => {
  it('is taken apart, and its password stands in no message', () => {
    const server = serverOf({ url: 'postgresql://ay%40b:s%23cret@db.example.com:6432/state' });
    expect(server.config).toMatchObject({
      host: 'db.example.com',
      port: 6432,
      database: 'state',
      user: 'ay@b',
      password: 's#cret',
    });
    expect(server.name).toBe('PostgreSQL at db.example.com:6432/state, schema changeover');
  });

  it('may leave the password to somebody else', () => {
    expect(serverOf({ url: 'postgres://me@[::1]/state', password: 'given' }).config).toMatchObject({
      host: '::1',
      port: 5432,
      password: 'given',
    });
  });

  it('is refused where it cannot be understood, without repeating it', () => {
    const bad = ['', 'me:hidden@host/state', 'mysql://me:hidden@host/state', 'postgresql://me:hidden@host', 'state.db'];
    for (const url of bad) {
      expect(() => serverOf({ url })).toThrow(expect.objectContaining({ code: 'STATE_ADDRESS' }));
      expect(() => serverOf({ url })).not.toThrow(/hidden/);
    }
    expect(() => serverOf({ url: 'postgresql://h/d?options=-cfsync%3Doff' })).toThrow(/"options"/);
    expect(() => serverOf({ url: 'postgresql://h/d?sslmode=prefer' })).toThrow(/sslmode=prefer/);
    expect(() => serverOf({ url: 'postgresql://h/d', schema: 'a; drop' })).toThrow(/a; drop/);
  });
});

describe('TLS', () => {
  it('is used with a checked certificate everywhere but on loopback, unless the address says otherwise', () => {
    const checked = { rejectUnauthorized: true };
    expect(tlsOf('postgresql://h.example.com/d')).toEqual(checked);
    expect(tlsOf('postgresql://h.example.com/d?sslmode=disable')).toBe(false);
    expect(tlsOf('postgresql://127.0.0.1/d')).toBe(false);
    expect(tlsOf('postgresql://localhost/d?sslmode=require')).toEqual(checked);
    expect(tlsOf('postgresql://localhost/d', 'PEM')).toEqual({ ...checked, ca: 'PEM' });
    expect(tlsOf('postgresql:///d?host=/var/run/postgresql')).toBe(false);
  });
});
