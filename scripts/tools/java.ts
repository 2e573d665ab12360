import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { installDebian } from './debian.ts';

/** Kafka 4 brokers run on nothing older. */
const OLDEST = 17;

/** Finds a Java that is new enough: JAVA_HOME's, the PATH's, or Debian's, which is installed where that is allowed. */
export function prepareJava(): string {
  const candidates = [...(process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin', 'java')] : []), 'java'];
  const find = () => candidates.find((java) => majorOf(java) >= OLDEST);
  const found = find();
  if (found !== undefined) return found;
  const problem = installDebian([`openjdk-${OLDEST}-jre-headless`]);
  const installed = find() ?? installedAside();
  if (installed !== undefined) return installed;
  throw new Error(
    `Java ${OLDEST} or newer is needed for the Kafka broker and the registry of the tests: ${problem ?? 'none was found'}.\n` +
      `Install it (on Debian: apt-get install openjdk-${OLDEST}-jre-headless), or name its folder in JAVA_HOME. ` +
      'Servers of your own are used instead where KAFKA_BROKERS and REGISTRY_URL name them.',
  );
}

/** The program `mvn`, which is installed where that is allowed. */
export function prepareMaven(): string {
  if (answers('mvn')) return 'mvn';
  const problem = installDebian(['maven']);
  if (answers('mvn')) return 'mvn';
  throw new Error(
    `Maven is needed to get the Kafka broker and the registry of the tests: ${problem ?? 'it was not found'}.\n` +
      'Install it (on Debian: apt-get install maven). ' +
      'Servers of your own are used instead where KAFKA_BROKERS and REGISTRY_URL name them.',
  );
}

/** Debian leaves an older Java in its place when a newer one is installed beside it. */
function installedAside(): string | undefined {
  const listed = spawnSync('sh', ['-c', `ls -d /usr/lib/jvm/java-${OLDEST}-openjdk-*/bin/java`], { encoding: 'utf8' });
  return listed.stdout.split('\n').find((java) => java !== '' && majorOf(java) >= OLDEST);
}

function majorOf(java: string): number {
  const said = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(said.stderr ?? '')?.[1] ?? 0);
}

function answers(program: string): boolean {
  return spawnSync(program, ['-version'], { encoding: 'utf8' }).status === 0;
}
