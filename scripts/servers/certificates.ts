import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** The certificate of the authority, as PEM: what a client must trust. */
  readonly authority: string;
  /** A file with the server's key and certificate, as PEM. */
  readonly keyStore: string;
}

/** Makes an authority of its own and a certificate for this machine's loopback addresses, valid for two days. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl([
    ...['req', '-x509', ...key, '-days', '2', '-subj', '/CN=Changeover test authority'],
    ...['-keyout', at('authority.key'), '-out', at('authority.pem')],
  ]);
  openssl(['req', '-new', ...key, '-subj', '/CN=localhost', '-keyout', at('server.key'), '-out', at('server.csr')]);
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl([
    ...['x509', '-req', '-in', at('server.csr'), '-days', '2', '-extfile', at('names'), '-out', at('server.pem')],
    ...['-CA', at('authority.pem'), '-CAkey', at('authority.key'), '-CAcreateserial'],
  ]);
  const keyStore = at('server.keystore.pem');
  writeFileSync(keyStore, readFileSync(at('server.key'), 'utf8') + readFileSync(at('server.pem'), 'utf8'), {
    mode: 0o600,
  });
  return { authority: readFileSync(at('authority.pem'), 'utf8'), keyStore };
}

function openssl(args: readonly string[]): void {
  const result = spawnSync('openssl', args, { encoding: 'utf8' });
  if (result.error !== undefined)
    throw new Error('openssl is needed to make test certificates (on Debian: apt-get install openssl)');
  if (result.status !== 0) throw new Error(`openssl ${args[0]}: ${result.stderr}`);
}
