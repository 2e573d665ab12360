import type { EventBus, StoredMessage } from '../bus/bus.ts';
import { partitionOf } from '../bus/partitioner.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { ControlNotice, DecodedNotice } from './notices.ts';

/** Who writes to the log: a deployment, by its one state. */
export interface LogOwner {
  readonly deployment: string;
  /** Names the state: another database is another one, a backup of it is the same. */
  state(): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What the log says of whose a source's topics are. */
export interface Claim {
  readonly deployment: string;
  readonly state: string;
}

/** How claims come into the source's topic for control, and out of it. */
export interface ControlTopic {
  readonly bus: EventBus;
  /** Makes it where it is missing; returns its name. */
  make(source: string): Promise<string>;
  name(source: string): Promise<string>;
  append(topic: string, key: string, notice: ControlNotice): Promise<void>;
  decode(message: StoredMessage): Promise<DecodedNotice>;
}

export const CLAIM = 'claim';

/**
 * Two deployments with sources of one name would write into each other's topics, and each would take the other's events for
 * its own. So before the first topic of a source is made or written to, its topic for control is claimed: the first claim
 * there holds, and all have one key, so that there is a first. Never forgotten: that topic has no retention.
 */
export class Claims {
  readonly #control: ControlTopic;
  readonly #owner: LogOwner;
  readonly #held = new Map<string, Promise<void>>();

  constructor(control: ControlTopic, owner: LogOwner) {
    this.#control = control;
    this.#owner = owner;
  }

  /** Once for each process. @throws BUS_OTHER_DEPLOYMENT, BUS_OTHER_STATE. */
  hold(source: string): Promise<void> {
    const known = this.#held.get(source);
    if (known !== undefined) return known;
    const holding = this.#hold(source).catch((thrown: unknown) => {
      this.#held.delete(source);
      throw thrown;
    });
    this.#held.set(source, holding);
    return holding;
  }

  async #hold(source: string): Promise<void> {
    const { deployment } = this.#owner;
    const state = await this.#owner.state();
    const topic = await this.#control.make(source);
    const found = await this.#first(topic);
    if (found !== null) return refuseOthers(topic, found, { deployment, state });
    await this.#control.append(topic, CLAIM, {
      kind: 'control',
      source,
      object: null,
      action: CLAIM,
      by: deployment,
      reason: null,
      detail: { state },
      at: this.#owner.now(),
      run: '',
    });
    // Another one may have come first.
    refuseOthers(topic, (await this.#first(topic)) ?? { deployment, state }, { deployment, state });
  }

  /** Whose the source's topics are; null where nobody said so. */
  async of(source: string): Promise<Claim | null> {
    const topic = await this.#control.name(source);
    const exists = (await this.#control.bus.topics()).some((one) => one.topic === topic);
    return exists ? this.#first(topic) : null;
  }

  async #first(topic: string): Promise<Claim | null> {
    const { bus } = this.#control;
    const bounds = await bus.bounds(topic);
    const partition = partitionOf(CLAIM, bounds.length);
    const { start, end } = bounds.find((one) => one.partition === partition) ?? { start: 0, end: 0 };
    for await (const message of bus.read({ topic, partition }, start, end)) {
      if (message.key !== CLAIM) continue;
      const decoded = await this.#control.decode(message);
      const claim = decoded.ok ? claimIn(decoded.notice) : null;
      if (claim !== null) return claim;
    }
    return null;
  }
}

function claimIn(notice: Extract<DecodedNotice, { ok: true }>['notice']): Claim | null {
  if (notice.kind !== 'control' || notice.action !== CLAIM) return null;
  const { state } = notice.detail;
  return typeof state === 'string' ? { deployment: notice.by, state } : null;
}

function refuseOthers(topic: string, found: Claim, ours: Claim): void {
  refuseOtherDeployment(topic, found, ours.deployment);
  if (found.state === ours.state) return;
  throw new ChangeoverError('BUS_OTHER_STATE', `${topic} is written to from another state than this one`);
}

/** @throws BUS_OTHER_DEPLOYMENT */
export function refuseOtherDeployment(topic: string, found: Claim, deployment: string): void {
  if (found.deployment === deployment) return;
  throw new ChangeoverError(
    'BUS_OTHER_DEPLOYMENT',
    `${topic} belongs to the deployment ${JSON.stringify(found.deployment)}, and this one is ${JSON.stringify(deployment)}`,
  );
}
