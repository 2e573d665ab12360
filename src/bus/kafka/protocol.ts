import type { Broker } from 'kafkajs';

/** A record of the log as kafkajs decodes it. */
export interface RawRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;
  /** A mark that Kafka itself put into the log (the end of somebody's transaction). */
  readonly isControlRecord: boolean;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly RawRecord[];
}

export interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

export interface ProducedTopic {
  readonly topicName: string;
  readonly partitions: readonly { readonly partition: number; readonly baseOffset: string }[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Filled in for the leader alone. */
  readonly members: readonly GroupMember[];
}

export interface CommittedTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** Producer ids are longs: kafkajs gives them as it got them, and takes them so. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/**
 * One broker, as kafkajs's own client for it can be asked. What its type declarations leave out, or leave open, is declared
 * here as the code has it (kafkajs 2.2.4, src/broker/index.js).
 */
export interface BrokerClient extends Omit<Broker, 'fetch' | 'produce' | 'offsetFetch'> {
  readonly connectionPool: { readonly host: string; readonly port: number };
  initProducerId(request: { readonly transactionTimeout: number }): Promise<ProducerIdentity>;
  produce(request: Parameters<Broker['produce']>[0]): Promise<{ readonly topics: readonly ProducedTopic[] }>;
  fetch(request: Parameters<Broker['fetch']>[0]): Promise<FetchResponse>;
  listOffsets(request: {
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
  offsetFetch(request: {
    groupId: string;
    topics: readonly { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{
    readonly responses: readonly CommittedTopic[];
  }>;
  joinGroup(request: {
    readonly groupId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly memberId: string;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<JoinedGroup>;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}
