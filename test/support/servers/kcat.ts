import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { prepareKcat } from '../../../scripts/tools/kcat.ts';

const LONGEST_MS = 60_000;

export interface KcatMessage {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, string])[];
}

export interface KcatTarget {
  readonly brokers: readonly string[];
  /** Further librdkafka properties, such as `security.protocol`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * Reads a whole topic with kcat, a client built on librdkafka: what it reads, others can read too.
 * Messages of one partition come in their order. kcat sets a comma between headers, so their values must hold none.
 */
export async function kcatConsume(target: KcatTarget & { readonly topic: string }): Promise<readonly KcatMessage[]> {
  // Lengths first, since keys and values may hold any byte; headers have none, so a mark of our own ends them.
  const end = randomUUID();
  const format = `%p %o %T %K %S\\n%k%s%h${end}`;
  const output = await kcat(target, ['-C', '-t', target.topic, '-o', 'beginning', '-e', '-q', '-f', format]);
  return parse(output, end);
}

/** The topics and brokers that the cluster names, as kcat's own words. */
export async function kcatList(target: KcatTarget): Promise<string> {
  return (await kcat(target, ['-L'])).toString('utf8');
}

async function kcat(target: KcatTarget, args: readonly string[]): Promise<Buffer> {
  const program = prepareKcat();
  const properties = Object.entries(target.properties ?? {}).flatMap(([name, value]) => ['-X', `${name}=${value}`]);
  const child = spawn(program.command, ['-b', target.brokers.join(','), ...properties, ...args], {
    env: program.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
  });
  const [output, said, [code]] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`kcat ended with ${code}: ${said.trim()}`);
  return output;
}

function parse(output: Buffer, endOfMessage: string): readonly KcatMessage[] {
  const messages: KcatMessage[] = [];
  let at = 0;
  const upTo = (mark: string) => {
    const end = output.indexOf(mark, at);
    const found = output.subarray(at, end);
    at = end + mark.length;
    return found.toString('utf8');
  };
  /** A length of -1 stands for null. */
  const bytes = (length: number) => {
    if (length < 0) return null;
    at += length;
    return output.subarray(at - length, at);
  };
  while (at < output.length) {
    const [partition = '', offset = '', timestamp = '', keyLength, valueLength] = upTo('\n').split(' ');
    const key = bytes(Number(keyLength));
    const value = bytes(Number(valueLength));
    const headers = upTo(endOfMessage)
      .split(',')
      .filter((one) => one !== '')
      .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const);
    messages.push({
      partition: Number(partition),
      offset: BigInt(offset),
      timestamp: Number(timestamp),
      key,
      value,
      headers,
    });
  }
  return messages;
}
