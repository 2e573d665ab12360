import type { SimulatedClock } from '../../../src/core/clock.ts';
import type { Connector, ConnectorContext, FieldValue, FieldValues } from '../../../src/source/connector.ts';
import type { SeenCall } from './seen-calls.ts';

/** Under which circumstances a world is made. */
export interface Circumstances {
  /** How far the source's clock is ahead of ours, milliseconds. */
  readonly aheadMs: number;
  /** Whether the source gives pages of a size of its own, whatever is asked for. */
  readonly ignoresPageSize: boolean;
  /** Whether the source gives the id of a deleted record to the next new one. */
  readonly reusesIds: boolean;
}

/** What the suite gives to a connector: what the process that runs it would. */
export type ReaderContext = Pick<ConnectorContext, 'workFolder' | 'answers' | 'logger'> &
  Required<Pick<ConnectorContext, 'knownIds' | 'traffic'>>;

/**
 * A source with one object in it whose records have a name, and what people do to them behind the connector's back: the
 * simulator of an API, or a folder into which exports are put.
 */
export interface World {
  readonly clock: SimulatedClock;
  /** The object that the suite reads. */
  readonly object: string;
  /** The connector as a new process makes it. */
  connect(reader: ReaderContext): Connector;
  create(name: string): void;
  rename(id: string, name: string): void;
  remove(id: string): void;
  /** What the source holds: names by ids. */
  contents(): ReadonlyMap<string, string>;
  /** The name of a record as it was read. */
  nameOf(values: FieldValues): FieldValue | undefined;
  /** The next look at the source is due, and shows all that was done: time passes, or an export is put out. */
  pass(): Promise<void>;
  /** Calls that the connector made; empty where it makes none. */
  calls(): readonly SeenCall[];
  close(): Promise<void>;
}

/** Why a part of the contract is not for this connector. */
export interface DoesNotApply {
  readonly because: string;
}

/** A field that appeared, with one record that has a value in it. */
export interface NewField {
  readonly field: string;
  readonly id: string;
  readonly value: string;
}

/**
 * What has to be done to a source for the parts of the contract that need its help; each is there, or says why not.
 * Whatever is done must show itself in the next read.
 */
export interface Arrangements<W extends World> {
  readonly newField: ((world: W) => Promise<NewField> | NewField) | DoesNotApply;
  /** Credentials are refused from now on until they are renewed. */
  readonly expiredCredentials: ((world: W) => void) | DoesNotApply;
  /** Calls are refused for a while, and told how long. */
  readonly throttling: ((world: W) => void) | DoesNotApply;
  /** After so many pages all others are broken, until `mend`. */
  readonly garbledPages:
    | { garble(world: W, after: number): Promise<void> | void; mend(world: W): Promise<void> | void }
    | DoesNotApply;
  /** A record stands on two pages of the next read. */
  readonly repeatedRecord: ((world: W) => Promise<void> | void) | DoesNotApply;
  /** The next read meets a page without records, and there are more behind it. */
  readonly emptyPage: ((world: W) => Promise<void> | void) | DoesNotApply;
  /** Makes another record under the id of one that was deleted. */
  readonly reusedId: ((world: W, id: string, name: string) => void) | DoesNotApply;
  /** Worlds with `ignoresPageSize` do. */
  readonly ignoredPageSize: true | DoesNotApply;
  readonly renamedObject: ((world: W) => Promise<void> | void) | DoesNotApply;
  readonly removedObject: ((world: W) => Promise<void> | void) | DoesNotApply;
  /** Deletes are derived from what is missing: then much that is missing at once is asked about. */
  readonly massDelete: true | DoesNotApply;
}

/** A connector, or one of its ways of reading, with a world for it. */
export interface Candidate<W extends World = World> {
  open(circumstances: Circumstances): Promise<W>;
  /** So many records fill at least three pages. */
  readonly records: number;
  /** Whether it calls an API: then it has credentials that expire and limits that it keeps. */
  readonly live: boolean;
  readonly arrangements: Arrangements<W>;
}
