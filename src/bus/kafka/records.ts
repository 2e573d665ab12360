import type { StoredMessage, TopicPartition } from '../bus.ts';
import type { RawRecord } from './protocol.ts';

const NOTHING = new Uint8Array(0);
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A record as the log's contract has it. Others may write to our topics: no key, no value, and a header twice are all legal. */
export function storedMessage(where: TopicPartition, record: RawRecord): StoredMessage {
  return {
    topic: where.topic,
    partition: where.partition,
    offset: Number(record.offset),
    key: record.key === null ? '' : record.key.toString(),
    timestamp: Number(record.timestamp),
    headers: headersOf(record.headers),
    value: record.value ?? NOTHING,
  };
}

function headersOf(raw: RawRecord['headers']): Readonly<Record<string, string>> {
  let headers: Record<string, string> | null = null;
  for (const name in raw) {
    const value = raw[name];
    headers ??= {};
    // Of several, the last counts, as for Kafka's own clients.
    headers[name] = String((Array.isArray(value) ? value.at(-1) : value) ?? '');
  }
  return headers ?? NO_HEADERS;
}
